import { handle, snooze } from "@longshore/core";
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, expect, test, vi } from "vitest";
import { meterEvents } from "../src/index.ts";
import { recorder } from "./recorder.ts";
import { greet, setting } from "./setting.ts";

/** The real SDK, and what it measured, by instrument. */
function measuring() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    provider,
    meter: provider.getMeter("test"),
    async measured() {
      await reader.forceFlush();
      const [last] = exporter.getMetrics().slice(-1);
      return new Map(
        last?.scopeMetrics.flatMap(({ metrics }) =>
          metrics.map(({ descriptor, dataPoints }) => [descriptor.name, { ...descriptor, dataPoints }] as const),
        ),
      );
    },
  };
}

afterEach(() => metrics.disable());

const JOB = {
  "messaging.system": "longshore",
  "messaging.system.name": "longshore",
  "messaging.destination.name": "mails",
  "messaging.longshore.job.name": "greet",
};
const PROCESS = { ...JOB, "messaging.operation.name": "process", "messaging.operation.type": "process" };
const SEND = { ...JOB, "messaging.operation.name": "send", "messaging.operation.type": "send" };

test("jobs and attempts are counted and timed, by queue, name and outcome", async () => {
  const { meter, measured } = measuring();
  const greeting = handle(greet, ({ userId }, { attempt }) => {
    if (userId === 2 && attempt === 1) throw new Error("not yet");
    if (userId === 3) throw snooze("1d");
  });
  const onEvent = meterEvents({ meter });
  const { queue, worker, pass } = setting(recorder().options, [greeting], { onEvent });
  await queue.enqueueMany([1, 2, 3].map((userId) => greet.with({ userId }, { id: `${userId}` })));
  await queue.enqueue(greet, { userId: 1 }, { id: "1" });
  pass(2_000);
  await worker.drain();
  pass(60_000);
  await worker.drain();
  const all = await measured();
  expect([...all.keys()].toSorted()).toEqual([
    "messaging.client.consumed.messages",
    "messaging.client.sent.messages",
    "messaging.longshore.wait.duration",
    "messaging.process.duration",
  ]);
  const points = (name: string) => all.get(name)?.dataPoints.map(({ attributes, value }) => ({ attributes, value }));
  expect(points("messaging.client.sent.messages")).toEqual([
    { attributes: { ...SEND, "messaging.longshore.enqueue.status": "created" }, value: 3 },
    { attributes: { ...SEND, "messaging.longshore.enqueue.status": "duplicate" }, value: 1 },
  ]);
  expect(points("messaging.client.consumed.messages")).toEqual([{ attributes: PROCESS, value: 4 }]);
  const OUTCOME = "messaging.longshore.job.outcome";
  expect(points("messaging.process.duration")).toMatchObject([
    { attributes: { ...PROCESS, [OUTCOME]: "completed" }, value: { count: 2 } },
    { attributes: { ...PROCESS, [OUTCOME]: "failed", "error.type": "_OTHER" }, value: { count: 1 } },
    { attributes: { ...PROCESS, [OUTCOME]: "snoozed" }, value: { count: 1 } },
  ]);
  expect(points("messaging.longshore.wait.duration")).toMatchObject([
    { attributes: PROCESS, value: { count: 4, min: 2 } },
  ]);
  expect(all.get("messaging.process.duration")?.unit).toBe("s");
});

test("an attempt whose worker vanished is counted", async () => {
  const { meter, measured } = measuring();
  const onEvent = meterEvents({ meter });
  const { queue, worker, adapter, pass } = setting(recorder().options, [handle(greet, () => {})], { onEvent });
  await queue.enqueue(greet, { userId: 1 });
  await adapter.claim({ queues: [{ name: "mails", limit: 1 }], leaseMs: 1_000 });
  pass(2_000);
  await worker.drain();
  const stalled = (await measured()).get("messaging.longshore.stalled.jobs");
  expect(stalled?.dataPoints).toMatchObject([{ attributes: PROCESS, value: 1 }]);
});

test("a result that was not accepted is lost, or cancelled, and no failure", async () => {
  const { meter, measured } = measuring();
  const onEvent = meterEvents({ meter });
  const job = { id: "one", name: "greet", queue: "mails", metadata: {} };
  for (const reason of ["taken", "expired", "cancelled"] as const) {
    onEvent({ type: "leaseLost", job, reason, attempt: 1, startedAt: 1_000, at: 3_000 });
  }
  const duration = (await measured()).get("messaging.process.duration");
  expect(duration?.dataPoints).toMatchObject([
    { attributes: { ...PROCESS, "messaging.longshore.job.outcome": "lost" }, value: { count: 2, sum: 4 } },
    { attributes: { ...PROCESS, "messaging.longshore.job.outcome": "cancelled" }, value: { count: 1, sum: 2 } },
  ]);
});

test("instruments are made once, whatever comes", async () => {
  const { meter } = measuring();
  const create = vi.spyOn(meter, "createHistogram");
  const { queue } = setting(recorder().options, [], { onEvent: meterEvents({ meter }) });
  await queue.enqueueMany([greet.with({ userId: 1 }), greet.with({ userId: 2 })]);
  expect(create).toHaveBeenCalledTimes(2);
});

test("a provider that is registered after the listener was made hears of every event", async () => {
  const onEvent = meterEvents();
  const { provider, measured } = measuring();
  metrics.setGlobalMeterProvider(provider);
  const { queue } = setting(recorder().options, [], { onEvent });
  await queue.enqueue(greet, { userId: 1 });
  expect((await measured()).get("messaging.client.sent.messages")?.dataPoints).toMatchObject([{ value: 1 }]);
});
