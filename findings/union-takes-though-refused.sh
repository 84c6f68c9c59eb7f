#!/bin/sh
# One would guess: `RateLimiterUnion` of rate-limiter-flexible, over a limit a minute and a limit an hour, lets a call through
# if both have room, and takes from both or from none: a call that was refused has used nothing.
# What rate-limiter-flexible 11.4.0 does: each of its limiters takes the point by itself, whatever the other one says. A
# worker that tries again after a refusal of the minute's limit takes a call of the hour with each try: here all ten are gone
# after two calls that ran, and the next minute, and each one up to the hour's end, is refused. (Both in turn, the narrower
# one first: the hour's limit then counts what the minute's let through.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rate-limiter-flexible@11.4.0
cat >union.mjs <<'JS'
import limits from "rate-limiter-flexible";
const { RateLimiterMemory, RateLimiterUnion } = limits;
/** How many of ten calls in a row run, and how many the hour has left after them. */
const play = async (callsOf) => {
  const minute = new RateLimiterMemory({ keyPrefix: "minute", points: 2, duration: 60 });
  const hour = new RateLimiterMemory({ keyPrefix: "hour", points: 10, duration: 3600 });
  const call = callsOf(minute, hour);
  let ran = 0;
  for (let at = 1; at <= 10; at++) await call().then(() => (ran += 1), () => {});
  return { ran, left: (await hour.get("tenant")).remainingPoints };
};
const union = await play((minute, hour) => {
  const both = new RateLimiterUnion(minute, hour);
  return () => both.consume("tenant");
});
const inTurn = await play((minute, hour) => async () => {
  await minute.consume("tenant");
  await hour.consume("tenant");
});
console.log({ union, inTurn });
process.exit(union.ran === 2 && union.left === 0 && inTurn.ran === 2 && inTurn.left === 8 ? 0 : 1);
JS
node union.mjs
