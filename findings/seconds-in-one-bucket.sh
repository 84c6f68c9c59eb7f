#!/bin/sh
# One would guess: a histogram of OpenTelemetry that is named and measured as its conventions want it, `messaging.process.duration` in
# seconds, has buckets for seconds: `unit: "s"` says what it is, and the name is theirs.
# What @opentelemetry/sdk-metrics 3.1.1 does: without boundaries it takes those that were made for milliseconds, whatever the unit:
# 0, 5, 10, 25 and so on up to 10 000 s. Jobs of 5 ms and of 3 s are in one bucket, so a dashboard's p99, which divides a bucket evenly
# as Prometheus does, says 4.95 s for both, day and night, and an alert at one second is always on. A job that becomes a hundred
# times slower changes nothing. (`advice: { explicitBucketBoundaries }`, or a view.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @opentelemetry/api@1.10.0 @opentelemetry/sdk-metrics@3.1.1
cat >seconds.mjs <<'JS'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";

/** As Prometheus takes a quantile: the bucket that it falls in, divided evenly. */
const quantile = (share, { boundaries, counts }) => {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (const [n, count] of counts.entries()) {
    if (left > count) left -= count;
    else return (boundaries[n - 1] ?? 0) + ((boundaries[n] ?? Infinity) - (boundaries[n - 1] ?? 0)) * (left / count);
  }
};
const p99Of = async (seconds, advice) => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const duration = provider.getMeter("worker").createHistogram("messaging.process.duration", { unit: "s", advice });
  for (let job = 0; job < 1000; job++) duration.record(seconds);
  await provider.forceFlush();
  const [metric] = exporter.getMetrics().at(-1).scopeMetrics[0].metrics;
  await provider.shutdown();
  return quantile(0.99, metric.dataPoints[0].value.buckets).toFixed(3);
};
const advice = { explicitBucketBoundaries: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };
const seen = {
  "jobs of 5 ms": await p99Of(0.005),
  "jobs of 0.5 s": await p99Of(0.5),
  "jobs of 3 s": await p99Of(3),
  "jobs of 5 ms, boundaries given": await p99Of(0.005, advice),
  "jobs of 0.5 s, boundaries given": await p99Of(0.5, advice),
};
console.log("p99 in seconds:", seen);
process.exit(Object.values(seen).join() === "4.950,4.950,4.950,0.005,0.496" ? 0 : 1);
JS
node_modules/.bin/node seconds.mjs
