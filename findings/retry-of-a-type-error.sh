#!/bin/sh
# One would guess: `pRetry(work, { retries: 3 })` runs `work` up to four times, whatever it throws; only an `AbortError` ends it.
# What p-retry 9.0.0 does: a TypeError is thrown at once, after one try, unless its message is that of a failed fetch. So the half
# answer of an overloaded service, whose missing field is read (`answer.items.length`), is not tried again, and the same
# answer met with `throw new Error("no items")` is. `shouldRetry: () => true` does not change it. Exits non-zero once that
# has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-retry@9.0.0
cat >retry.mjs <<'JS'
import pRetry from "p-retry";
const answers = [{}, { items: [1, 2] }];
const triesOf = async (read, options = {}) => {
  let tries = 0;
  const end = await pRetry(() => read(answers[tries++] ?? answers[1]), { retries: 3, minTimeout: 1, ...options }).catch(
    ({ name }) => name,
  );
  return { tries, end };
};
const checked = (answer) => {
  if (answer.items === undefined) throw new Error("no items");
  return answer.items.length;
};
const seen = {
  checked: await triesOf(checked),
  unchecked: await triesOf((answer) => answer.items.length),
  askedToRetry: await triesOf((answer) => answer.items.length, { shouldRetry: () => true }),
};
console.log(seen);
const isGivenUp = ({ tries, end }) => tries === 1 && end === "TypeError";
process.exit(seen.checked.tries === 2 && seen.checked.end === 2 && isGivenUp(seen.unchecked) && isGivenUp(seen.askedToRetry) ? 0 : 1);
JS
node retry.mjs
