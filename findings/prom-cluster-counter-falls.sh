#!/bin/sh
# One would guess: a counter only goes up. `jobs_done_total` of a cluster of workers, which prom-client's `AggregatorRegistry`
# adds up in the primary process, counts what was done, whoever did it and whether that worker is still there; and a gauge
# that each worker reads from the same queue, its depth, is that depth.
# What prom-client 15.1.3 does: it asks the workers that live and adds up what they say. As one ends (a deploy one by one, a
# worker that is replaced after so many jobs) all that it counted is taken away. Prometheus takes a counter that falls for one
# that began at 0, so `rate()` counts what the others did since their start as if it was new. And the depth is added up as
# well: twice as deep with two workers. (Ask each worker apart; `aggregator: "max"` for the gauge.) Exits non-zero once that
# has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund prom-client@15.1.3
cat >cluster.mjs <<'JS'
import cluster from "node:cluster";
import { once } from "node:events";
import prom from "prom-client";
const registry = new prom.AggregatorRegistry();
if (cluster.isPrimary) {
  const start = async () => {
    const worker = cluster.fork();
    await once(worker, "message");
    return worker;
  };
  const [first] = [await start(), await start()];
  const scrape = async () => (await registry.clusterMetrics()).match(/^(jobs_done_total|queue_depth) \d+$/gm).join(", ");
  const both = await scrape();
  first.disconnect();
  await once(first, "exit");
  const one = await scrape();
  console.log({ both, one });
  process.exit(both === "jobs_done_total 200, queue_depth 80" && one === "jobs_done_total 100, queue_depth 40" ? 0 : 1);
} else {
  new prom.Counter({ name: "jobs_done_total", help: "jobs done" }).inc(100);
  const depth = new prom.Gauge({ name: "queue_depth", help: "jobs that wait in the one queue", collect: () => depth.set(40) });
  process.send("ready");
}
JS
node cluster.mjs
