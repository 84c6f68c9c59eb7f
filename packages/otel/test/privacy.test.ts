import { handle } from "@longshore/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { meterEvents } from "../src/index.ts";
import { recorder } from "./recorder.ts";
import { greet, report, setting } from "./setting.ts";

const SECRET = "4111111111111111";

/** Runs jobs whose payload, metadata, error and id all say it, one of them to its death. */
async function runs(recordMessages: boolean): Promise<{ spans: string; logs: string; metrics: string }> {
  const { options, spans, exceptions } = recorder();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({ readers: [reader] });
  const failing = handle(greet, ({ userId }, { enqueue }) => {
    enqueue(report.with({ day: SECRET }));
    throw new Error(`no user ${userId}\n    at ${SECRET}:1:1`);
  });
  const onEvent = meterEvents({ meter: provider.getMeter("test") });
  const { queue, worker, pass } = setting({ ...options, recordMessages }, [failing], { onEvent });
  const metadata = { card: SECRET };
  await queue.enqueue(greet, { userId: Number(SECRET) }, { metadata });
  await queue.enqueueMany([greet.with({ userId: Number(SECRET) }, { metadata })]);
  // @ts-expect-error no number: refused, with a message of the schema
  await queue.enqueue(greet, { userId: SECRET }).catch(() => {});
  await queue.enqueue(greet, { userId: 1 }, { metadata: { card: SECRET.repeat(20) } }).catch(() => {});
  for (let i = 0; i < 6; i++) {
    await worker.drain();
    pass(3_600_000);
  }
  await reader.forceFlush();
  const told = spans().map(({ name, attributes, events, links, status }) => ({
    name,
    attributes,
    events,
    links,
    status,
  }));
  return {
    spans: JSON.stringify(told),
    logs: JSON.stringify(exceptions()),
    metrics: JSON.stringify(exporter.getMetrics()),
  };
}

test("no span, no logged exception and no metric says anything of a job's payload, its metadata or what its errors say", async () => {
  const { spans, logs, metrics } = await runs(false);
  expect(spans).toContain("dead");
  expect(metrics).toContain("dead");
  expect(spans).not.toContain(SECRET);
  expect(logs).toContain("messaging.process.exception");
  expect(logs).toContain("messaging.send.exception");
  expect(logs).not.toContain(SECRET);
  expect(metrics).not.toContain(SECRET);
});

test("messages and stacks of errors are recorded where they are asked for, and still no payload or metadata", async () => {
  const { logs, metrics } = await runs(true);
  expect(logs).toContain(`"exception.message":"no user ${SECRET}`);
  expect(logs).toContain("exception.stacktrace");
  expect(metrics).not.toContain(SECRET);
});

test("what is recorded of a message is cut", async () => {
  const { options, consumer, exceptions } = recorder();
  const failing = handle(greet, () => {
    throw new Error("x".repeat(10_000_000));
  });
  const { queue, worker } = setting({ ...options, recordMessages: true }, [failing]);
  await queue.enqueue(greet, { userId: 1 });
  await worker.drain();
  expect(consumer().status.message).toHaveLength(1_000);
  expect(exceptions()[0]?.attributes["exception.stacktrace"]).toHaveLength(3_000);
});
