#!/bin/sh
# One would guess: `exec("convert …", { timeout: 60_000 })` of node:child_process ends the command when its time is over, as its promise
# says: it rejects with `killed: true`. The next attempt may then write the same file.
# What Node 24.21.0 does on Debian: what it kills is the shell that it made for the line. The command goes on to its end, and the next
# attempt runs beside it: two that write the same file, or a third and a fourth for a job whose work is always slower than its limit.
# `signal` does the same, and so does SIGKILL. execa 10.2.1 with `shell: true` rejects only when the command has ended by itself, however
# long that takes: the timeout is no limit, but nothing runs beside. With `execFile`, which makes no shell, and execa without
# one, the command is killed. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 execa@10.2.1
# The work: two seconds, then a file.
cat >convert.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileSync } from "node:fs";
await sleep(2000);
writeFileSync(process.argv[2], "");
JS
cat >limits.mjs <<'JS'
import { exec, execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { execa } from "execa";
const node = process.execPath;
const line = (file) => `"${node}" convert.mjs ${file} && echo done`;
const timeout = 1000;
const ways = {
  exec: (file) => promisify(exec)(line(file), { timeout }),
  execSigkill: (file) => promisify(exec)(line(file), { timeout, killSignal: "SIGKILL" }),
  execSignal: (file) => promisify(exec)(line(file), { signal: AbortSignal.timeout(timeout) }),
  execFile: (file) => promisify(execFile)(node, ["convert.mjs", file], { timeout }),
  execaShell: (file) => execa(line(file), { shell: true, timeout }),
  execa: (file) => execa(node, ["convert.mjs", file], { timeout }),
};
const seen = {};
for (const [name, run] of Object.entries(ways)) {
  const outcome = await run(name).then(() => "resolved", () => "rejected");
  const then = existsSync(name) ? "after its end" : "in time";
  await sleep(4000);
  seen[name] = `${outcome} ${then}, ${existsSync(name) ? "done" : "killed"}`;
}
console.log(seen);
const are = (names, expected) => names.every((name) => seen[name] === expected);
const goesOn = are(["exec", "execSigkill", "execSignal"], "rejected in time, done");
process.exit(goesOn && seen.execaShell === "rejected after its end, done" && are(["execFile", "execa"], "rejected in time, killed") ? 0 : 1);
JS
node_modules/.bin/node limits.mjs
