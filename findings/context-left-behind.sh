#!/bin/sh
# One would guess: what an async function sets for itself with `AsyncLocalStorage.enterWith` is its own and what it calls,
# so that a loop of `await handler(job)` gives each job a clean context: the second job knows nothing of the first.
# What Node 20.20.2, 22.23.3 and 24.21.0 do: an async function runs as part of its caller until its first await, and what it
# enters there is the caller's from then on. So a handler that names its tenant in its first line names the tenant of each
# later job of the loop, too, until one names its own: a job without a tenant is done as that of the job before. After an
# await, or called as `Promise.resolve().then(() => handler(job))`, it is its own. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >left.mjs <<'JS'
import { AsyncLocalStorage } from "node:async_hooks";
const jobs = [{ tenant: "a" }, {}, { tenant: "b" }, {}];

async function done(call) {
  const tenant = new AsyncLocalStorage();
  const handler = async (job) => {
    if (job.tenant) tenant.enterWith(job.tenant);
    await null;
    return tenant.getStore() ?? "none";
  };
  const seen = [];
  for (const job of jobs) seen.push(await call(() => handler(job)));
  return seen.join(" ");
}

const seen = {
  called: await done((handler) => handler()),
  calledLater: await done((handler) => Promise.resolve().then(handler)),
};
console.log(JSON.stringify({ node: process.versions.node, ...seen }));
process.exit(seen.called === "a a b b" && seen.calledLater === "a none b none" ? 0 : 1);
JS
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node20@npm:node@20.20.2 node22@npm:node@22.23.3 node24@npm:node@24.21.0
for version in 20 22 24; do "node_modules/node$version/bin/node" left.mjs; done
