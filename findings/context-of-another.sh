#!/bin/sh
# One would guess: a function that is put in a queue within `AsyncLocalStorage.run` (the request's tenant, its trace, its
# transaction) runs in that context, whenever its turn comes; at worst it has none.
# What p-queue 9.3.5, bottleneck 2.19.5, fastq 1.20.3 and async 3.2.6 do: what has to wait is started by whoever made room,
# in *his* context. Here four tenants each queue one task at a concurrency of one, and all four tasks find tenant 1: the
# right kind of value, and somebody else's, only when the queue is busy. p-limit 7.3.3 and p-throttle 8.1.1 keep them apart.
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-queue@9.3.5 bottleneck@2.19.5 fastq@1.20.3 async@3.2.6 p-limit@7.3.3 p-throttle@8.1.1
cat >context.mjs <<'JS'
import { AsyncLocalStorage } from "node:async_hooks";
import async from "async";
import Bottleneck from "bottleneck";
import fastq from "fastq";
import pLimit from "p-limit";
import PQueue from "p-queue";
import pThrottle from "p-throttle";

const tenant = new AsyncLocalStorage();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function found(add) {
  const tasks = [1, 2, 3, 4].map((id) =>
    tenant.run(id, async () => {
      let seen;
      await add(async () => {
        seen = tenant.getStore();
        await sleep(20);
      });
      return seen;
    }),
  );
  return (await Promise.all(tasks)).join(" ");
}

const queue = new PQueue({ concurrency: 1 });
const bottleneck = new Bottleneck({ maxConcurrent: 1 });
const fast = fastq.promise((task) => task(), 1);
const plain = async.queue(async (task) => task(), 1);
const throttle = pThrottle({ limit: 1, interval: 20 });
const seen = {
  "p-queue": await found((task) => queue.add(task)),
  bottleneck: await found((task) => bottleneck.schedule(task)),
  fastq: await found((task) => fast.push(task)),
  async: await found((task) => plain.push(task)),
  "p-limit": await found(pLimit(1)),
  "p-throttle": await found((task) => throttle(task)()),
};
console.log(JSON.stringify(seen));
const { "p-limit": limit, "p-throttle": throttled, ...others } = seen;
const mixed = Object.values(others).every((tenants) => tenants === "1 1 1 1");
process.exit(mixed && limit === "1 2 3 4" && throttled === "1 2 3 4" ? 0 : 1);
JS
node context.mjs
