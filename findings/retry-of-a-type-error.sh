#!/bin/sh
# One would guess: p-retry with `retries: 5` calls a function that throws up to six times, whatever it throws; only an
# AbortError ends that.
# What p-retry 7.1.1 does: a TypeError is not tried again unless its text is one of a list of what fetch says. So where the
# other side answers half of what it should, once ("Cannot read properties of undefined"), the first attempt is the last, as
# it is where what was thrown is no Error, and where a library words a network's failure as a TypeError in its own way.
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-retry@7.1.1
cat >retry.mjs <<'JS'
import pRetry from "p-retry";
async function calls(work) {
  let count = 0;
  const result = pRetry(() => work(++count), { retries: 5, minTimeout: 1, maxTimeout: 1 });
  return `${await result.then(() => "done", () => "failed")} after ${count}`;
}
// A service that answers whole at the second time.
const ask = async (count) => (count === 1 ? {} : { user: { name: "a" } });
const seen = {
  error: await calls(async (count) => { if (count === 1) throw new Error("away"); }),
  fetch: await calls(async (count) => { if (count === 1) throw new TypeError("fetch failed"); }),
  halfAnAnswer: await calls(async (count) => (await ask(count)).user.name.length),
  text: await calls(async (count) => { if (count === 1) throw "away"; }),
};
console.log(JSON.stringify(seen));
process.exit(Object.values(seen).join() === "done after 2,done after 2,failed after 1,failed after 1" ? 0 : 1);
JS
node retry.mjs
