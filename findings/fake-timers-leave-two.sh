#!/bin/sh
# One would guess: with `vi.useFakeTimers()` of vitest time stands still for the code under test until the test moves it: what waits for
# a minute by any timer of the platform is past it after `advanceTimersByTimeAsync(60_000)`, as the clocks are.
# What vitest 5.1.2 does: it replaces what is global. `Date`, `performance.now()`, `process.hrtime` and `setTimeout` move by a minute;
# `setTimeout` of `node:timers/promises` and `AbortSignal.timeout` do not, and go by the real clock. So a handler that sleeps by the one
# waits for a real minute beside clocks that say it is over (a test that passes by its own timeout, or hangs), and a job that must be
# aborted by the other never is. (A timer that is handed in.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 vitest@5.1.2
cat >timers.test.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";

const minute = 60_000;
test("what a minute of fake time moves", async () => {
  vi.useFakeTimers();
  const fired = { timer: false, sleep: false, signal: false };
  setTimeout(() => (fired.timer = true), minute);
  const stopped = new AbortController();
  sleep(minute, undefined, { signal: stopped.signal }).then(() => (fired.sleep = true), () => {});
  AbortSignal.timeout(minute).addEventListener("abort", () => (fired.signal = true));
  const clocks = () => [Date.now(), performance.now(), Number(process.hrtime.bigint()) / 1e6];
  const before = clocks();
  await vi.advanceTimersByTimeAsync(minute);
  const moved = clocks().map((now, clock) => Math.round((now - before[clock]) / 1000));
  vi.useRealTimers();
  stopped.abort();
  writeFileSync("seen", `${JSON.stringify({ moved, ...fired })}\n`);
  expect({ moved, ...fired }).toEqual({ moved: [60, 60, 60], timer: true, sleep: false, signal: false });
});
JS
code=0
PATH="$PWD/node_modules/.bin:$PATH" vitest run --root . >log 2>&1 || code=$?
cat seen
exit $code
