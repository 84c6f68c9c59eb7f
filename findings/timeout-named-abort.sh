#!/bin/sh
# One would guess: where everything is given one signal, `AbortSignal.any([shutdown, AbortSignal.timeout(ms)])`, whatever it ends
# rejects with the signal's reason: a TimeoutError says that the job took too long (a failed attempt), another one that the worker
# stops (give the job back, no attempt is counted).
# What Node does (20.20.2 and 24.21.0 alike): fetch and `throwIfAborted` reject with the reason, and so do p-retry 9.0.0 and p-queue
# 9.3.5. Node's own calls (timers/promises, once, execFile, pipeline, readFile) make an AbortError of whatever the reason was, and
# keep that as its `cause`. So a job that was waiting in one of these as its time ended looks like one that a shutdown ended: it is
# given back, uncounted, to be too slow again, and the same job that was in a fetch fails as it should. (Look at `signal.reason`
# and not at the error.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-retry@9.0.0 p-queue@9.3.5
cat >reasons.mjs <<'JS'
import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import PQueue from "p-queue";
import pRetry from "p-retry";
const server = createServer(() => {}).listen(0, "127.0.0.1"); // takes requests and never answers
await once(server, "listening");
const never = () => Promise.reject(new Error("once more"));
const withReason = {
  fetch: (signal) => fetch(`http://127.0.0.1:${server.address().port}`, { signal }),
  pRetry: (signal) => pRetry(never, { signal, minTimeout: 100_000 }),
  pQueue: (signal) => new PQueue().add(() => once(new EventEmitter(), "end"), { signal }),
  throwIfAborted: (signal) => once(signal, "abort").then(() => signal.throwIfAborted()),
};
const withAnAbortError = {
  sleep: (signal) => sleep(100_000, undefined, { signal }),
  once: (signal) => once(new EventEmitter(), "end", { signal }),
  execFile: (signal) => promisify(execFile)("sleep", ["100"], { signal }),
  pipeline: (signal) => pipeline(new PassThrough(), new PassThrough(), { signal }),
  readFile: (signal) => once(signal, "abort").then(() => readFile("package.json", { signal })),
};
const shutdown = new AbortController();
const open = setInterval(() => {}, 1000); // a timeout's timer alone does not keep the process
const signal = AbortSignal.any([shutdown.signal, AbortSignal.timeout(100)]);
const errorOf = (call) => call(signal).then(() => "none", (error) => error);
const namesOf = async (calls) => {
  const errors = await Promise.all(Object.values(calls).map(errorOf));
  return Object.fromEntries(Object.keys(calls).map((name, at) => [name, `${errors[at].name}, cause ${errors[at].cause?.name}`]));
};
const [reasons, others] = await Promise.all([namesOf(withReason), namesOf(withAnAbortError)]);
console.log(process.version, reasons, others);
clearInterval(open);
server.closeAllConnections();
server.close();
const all = (names, name) => Object.values(names).every((one) => one === name);
process.exit(all(reasons, "TimeoutError, cause undefined") && all(others, "AbortError, cause TimeoutError") ? 0 : 1);
JS
node reasons.mjs
