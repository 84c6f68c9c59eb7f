#!/bin/sh
# One would guess: a pool of piscina whose workers take ten tasks each at a time (`concurrentTasksPerWorker: 10`, for tasks that wait for
# a database or a service) does so whether or not a task was given a signal: `pool.run(job, { signal })` is how a task that is still in
# the queue is taken out again at a shutdown.
# What piscina 5.3.2 does: a task with a signal has its worker for itself, since an abort ends the whole thread. It starts only on a
# worker that does nothing, and nothing starts beside it. Ten tasks of 100 ms take a second instead of a tenth; and one with a signal
# among others without is passed by all of them, for as long as they keep coming: here it waits until the last one has ended. So
# a timeout for the job that matters most (`AbortSignal.timeout`) makes it the one that does not run. (A signal for all or none of
# them, and as many threads as should run at a time.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 piscina@5.3.2
cat >task.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
export default (ms) => sleep(ms);
JS
cat >pool.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import Piscina from "piscina";
const filename = new URL("task.mjs", import.meta.url).href;
const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 10 });
await pool.run(1);
/** How long ten tasks of 100 ms take together. */
const tenTasks = async (options) => {
  const begin = Date.now();
  await Promise.all(Array.from({ length: 10 }, () => pool.run(100, options)));
  return Date.now() - begin;
};
const { signal } = new AbortController();
const seen = {
  withoutSignal: await tenTasks({}),
  withSignal: await tenTasks({ signal }),
  withTimeout: await tenTasks({ signal: AbortSignal.timeout(60_000) }),
};
// A task each 50 ms, and after the fourth one with a signal.
const ended = [];
const tasks = [];
for (let n = 0; n < 40; n++) {
  tasks.push(pool.run(100).then(() => ended.push("plain")));
  if (n === 3) tasks.push(pool.run(100, { signal }).then(() => ended.push("with signal")));
  await sleep(50);
}
await Promise.all(tasks);
seen.endedBeforeIt = ended.indexOf("with signal");
console.log(seen);
await pool.destroy();
const { withoutSignal, withSignal, withTimeout, endedBeforeIt } = seen;
process.exit(withoutSignal < 500 && Math.min(withSignal, withTimeout) >= 950 && endedBeforeIt === 40 ? 0 : 1);
JS
timeout 60 node_modules/.bin/node pool.mjs
