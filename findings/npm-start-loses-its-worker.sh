#!/bin/sh
# One would guess: a supervisor that sends SIGTERM to `npm start` stops the worker in it: npm passes the signal on, as its
# sources say, the worker finishes its jobs, and npm ends after it.
# What npm 11.19.1 does on Debian: it passes it to the `sh` that it has made for the script, and dash dies of it and tells
# nobody. npm ends of SIGTERM within a moment, and the worker was never told: it goes on claiming jobs as an orphan, until it is
# killed with its container, in the middle of whatever it runs. `node --run start` of Node 24.21.0 does not even tell the shell.
# (`node worker.mjs` without npm, or "exec node worker.mjs" as the script.) Exits non-zero once that has changed. Needs Debian
# or a child of it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 npm@11.19.1
cat >worker.mjs <<'JS'
import { appendFileSync, writeFileSync } from "node:fs";
process.once("SIGTERM", () => {
  appendFileSync("told", "SIGTERM");
  setTimeout(() => process.exit(0), 300); // it finishes its jobs
});
setTimeout(() => {}, 60_000);
writeFileSync("up", `${process.pid}`);
JS
cat >stop.mjs <<'JS'
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
async function stopped(command, script) {
  for (const file of ["up", "told"]) rmSync(file, { force: true });
  writeFileSync("package.json", JSON.stringify({ name: "app", version: "1.0.0", scripts: { start: script } }));
  const runner = spawn(process.execPath, command, { stdio: "ignore" });
  const ended = new Promise((resolve) => runner.once("exit", (code, signal) => resolve(signal ?? code)));
  while (!existsSync("up") || readFileSync("up", "utf8") === "") await sleep(20);
  const worker = Number(readFileSync("up", "utf8"));
  runner.kill("SIGTERM");
  const end = await ended;
  await sleep(500);
  const seen = { end, told: existsSync("told"), worker: isAlive(worker) ? "runs on" : "ended" };
  if (isAlive(worker)) process.kill(worker, "SIGKILL");
  return seen;
}

console.log(process.version);
const npm = "node_modules/npm/bin/npm-cli.js";
const seen = {
  "npm start": await stopped([npm, "start"], "node worker.mjs"),
  "node --run": await stopped(["--run", "start"], "node worker.mjs"),
  "npm start, exec": await stopped([npm, "start"], "exec node worker.mjs"),
  "node alone": await stopped(["worker.mjs"], "none"),
};
console.log(seen);
const lost = ["npm start", "node --run"].every((way) => !seen[way].told && seen[way].worker === "runs on");
const fine = ["npm start, exec", "node alone"].every((way) => seen[way].told && seen[way].worker === "ended");
process.exit(lost && fine ? 0 : 1);
JS
node_modules/.bin/node stop.mjs
