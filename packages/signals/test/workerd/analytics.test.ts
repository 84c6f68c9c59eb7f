import { env } from "cloudflare:workers";
import { createQueue, createWorker, defineJob, handle, nonRetryable } from "@longshore/core";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { z } from "zod";
import { analyticsEngine } from "../../src/index.ts";

const load = defineJob("load", { input: z.object({ n: z.number() }), metadata: () => ({ tenant: "blue" }) });

test("the runtime's own dataset takes every point, and no listener fails", async () => {
  // Locally it discards what it takes, so the points are seen on their way.
  const points: unknown[] = [];
  const onEvent = analyticsEngine(env.EVENTS, { metadata: ["tenant"] });
  const seen = analyticsEngine({ writeDataPoint: (point) => points.push(point) }, { metadata: ["tenant"] });
  const said: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => said.push(line) };
  const adapter = memory();
  const fail = handle(load, ({ n }) => {
    if (n === 1) throw nonRetryable("no crane");
  });
  await createQueue(adapter, { log, onEvent }).enqueueMany([load.with({ n: 1 }), load.with({ n: 2 })]);
  await createWorker(adapter, { handlers: [fail], log, onEvent: (event) => [onEvent(event), seen(event)] }).drain();
  expect(said.filter((line) => JSON.stringify(line).includes("listener"))).toEqual([]);
  expect(points).toEqual([
    expect.objectContaining({ indexes: ["default"], blobs: ["dead", "default", "load", "LongshoreError", "", "blue"] }),
    expect.objectContaining({ indexes: ["default"], blobs: ["completed", "default", "load", "", "", "blue"] }),
  ]);
});
