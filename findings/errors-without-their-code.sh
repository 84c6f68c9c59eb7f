#!/bin/sh
# One would guess: an error that a thread or a child process sends back keeps its message and its own fields (`code`, `status`,
# `retryable`), as any object does, and only its class is lost: what decides by `error.code` whether to try again still can.
# What Node (20.20.2 and 24.21.0 alike), piscina 5.3.2 and tinypool 2.2.0 do: `postMessage`, as the standard's structured clone, and
# with it both pools keep message and stack, and drop every field of one's own, those of the `cause`, too: `code` is undefined.
# The same error that ends a thread comes whole with the event "error". From a forked process it comes with its code and without
# its message, and with `serialization: "advanced"` the other way round. So a handler that moves into a pool fails with errors
# that no rule knows any more. (Send the fields as a plain object.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund piscina@5.3.2 tinypool@2.2.0
cat >handler.mjs <<'JS'
import { isMainThread, parentPort, workerData } from "node:worker_threads";
const cause = Object.assign(new Error("reset"), { code: "ECONNRESET" });
const error = Object.assign(new Error("answered 503", { cause }), { code: "EBUSY", retryable: true });
if (process.send) process.send(error);
if (!isMainThread && workerData === "send") parentPort.postMessage(error);
if (!isMainThread && workerData === "throw") throw error;
export default async () => {
  throw error;
};
JS
cat >errors.mjs <<'JS'
import { fork } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { Tinypool } from "tinypool";
const { href: filename } = new URL("handler.mjs", import.meta.url);
const thread = (workerData) => new Worker(new URL(filename), { workerData });
const inPool = async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1, minThreads: 1 });
  const error = await pool.run({}).then(() => undefined, (thrown) => thrown);
  await pool.destroy();
  return error;
};
const forked = async (options) => (await once(fork("handler.mjs", options), "message"))[0];
const errors = {
  thrownInAThread: await new Promise((resolve) => thread("throw").on("error", resolve)),
  sentByAThread: (await once(thread("send"), "message"))[0],
  piscina: await inPool(Piscina),
  tinypool: await inPool(Tinypool),
  fork: await forked({}),
  forkAdvanced: await forked({ serialization: "advanced" }),
};
const fields = ({ message, code, retryable, cause }) => [message, code, retryable, cause?.code].map(String).join(", ");
const seen = Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, fields(error)]));
console.log(process.version, seen);
const stripped = "answered 503, undefined, undefined, undefined";
const expected = {
  thrownInAThread: "answered 503, EBUSY, true, ECONNRESET",
  sentByAThread: stripped,
  piscina: stripped,
  tinypool: stripped,
  fork: "undefined, EBUSY, true, undefined",
  forkAdvanced: stripped,
};
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node errors.mjs
