#!/bin/sh
# One would guess: a child process that runs one job, tells its result (`process.send(result)`) and ends by `process.exit(0)` has told
# it: the small ones arrive so, and so does each one of a worker thread, which posts it and exits in the same way. What cannot be sent
# is an error, or another exit code.
# What Node does (20.20.2 and 24.21.0 alike): `send` writes as much as the channel takes at once, and the exit drops the rest, as
# `process.disconnect()` does. Of a result of a megabyte the parent gets no message, no error and the exit code 0, as of a job that had
# nothing to tell: the first customer with a big report is the first whose report is lost. (Exit in the callback,
# `process.send(result, () => process.exit(0))`.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >work.mjs <<'JS'
import { parentPort, workerData } from "node:worker_threads";
const [size, way] = workerData ?? process.argv.slice(2);
const result = "x".repeat(Number(size));
const ends = {
  thread: () => {
    parentPort.postMessage(result);
    process.exit(0);
  },
  exit: () => {
    process.send(result);
    process.exit(0);
  },
  callback: () => process.send(result, () => process.exit(0)),
  disconnect: () => {
    process.send(result);
    process.disconnect();
  },
};
ends[way]();
JS
cat >lost.mjs <<'JS'
import { fork } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
const told = async (size, way) => {
  const worker = way === "thread" ? new Worker("./work.mjs", { workerData: [size, way] }) : fork("./work.mjs", [String(size), way]);
  let length = "nothing";
  worker.on("message", (result) => (length = result.length));
  const [code] = await once(worker, way === "thread" ? "exit" : "close");
  return `${length}, exit code ${code}`;
};
const seen = {};
for (const way of ["exit", "disconnect", "callback", "thread"])
  seen[way] = { small: await told(10_000, way), big: await told(1_000_000, way) };
console.log(process.version, seen);
const isLost = ({ small, big }) => small === "10000, exit code 0" && big === "nothing, exit code 0";
const isTold = ({ big }) => big === "1000000, exit code 0";
const { exit, disconnect, callback, thread } = seen;
process.exit([exit, disconnect].every(isLost) && [callback, thread].every(isTold) ? 0 : 1);
JS
node lost.mjs
