import { type JobEvent, createQueue, createWorker, defineJob, fixed, handle, systemPlatform } from "@longshore/core";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { z } from "zod";

import { type AnalyticsDataset, type AnalyticsOptions, analyticsEngine } from "../src/index.ts";

// The service exists only at Cloudflare. What can be tested here is what it is given, and that its limits are kept;
// that the runtime takes it is tested in workerd.

type Point = Parameters<AnalyticsDataset["writeDataPoint"]>[0];

const load = defineJob("load", {
  input: z.object({ cargo: z.string() }),
  queue: "quay",
  retry: fixed({ attempts: 2, delay: 700, jitter: 0 }),
  metadata: () => ({ tenant: "blue", mail: "user@example.com" }),
});

/** A worker whose attempts take 40 ms each, and are due for 500 ms before. */
function port(options?: AnalyticsOptions, run: () => void = () => {}) {
  const points: Point[] = [];
  let now = Date.UTC(2026, 0, 5, 12);
  const platform = { ...systemPlatform, now: () => now };
  const adapter = memory({ clock: platform.now });
  const common = { platform, onEvent: analyticsEngine({ writeDataPoint: (point) => points.push(point) }, options) };
  const queue = createQueue(adapter, common);
  const work = (): void => {
    now += 40;
    run();
  };
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const worker = createWorker(adapter, { ...common, log: silent, handlers: [handle(load, work)] });
  return {
    points,
    put: () => queue.enqueue(load, { cargo: "secret cargo" }, { id: "load:1" }),
    async work() {
      now += 500;
      await worker.drain();
    },
  };
}

test("what was enqueued and every attempt's end are a point each, with how long it ran, which it was, how long it waited", async () => {
  let failures = 1;
  const { points, put, work } = port(undefined, () => {
    if (failures-- > 0) throw new TypeError("no crane");
  });
  await put();
  await put();
  await work();
  await work();
  await work();
  expect(points.map(({ indexes }) => indexes)).toEqual(points.map(() => ["quay"]));
  expect(points.map(({ blobs, doubles }) => [...blobs, ...doubles])).toEqual([
    ["enqueued", "quay", "load", "", "", 0, 0, 0],
    ["duplicate", "quay", "load", "", "", 0, 0, 0],
    ["failed", "quay", "load", "TypeError", "", 40, 1, 500],
    ["completed", "quay", "load", "", "", 40, 2, 300],
  ]);
});

test("an error's class is told, and what it said only where that is asked for", async () => {
  const fail = (): void => {
    throw new RangeError("secret cargo: too heavy");
  };
  for (const [messages, message] of [
    [false, ""],
    [true, "secret cargo: too heavy"],
  ] as const) {
    const { points, put, work } = port({ messages }, fail);
    await put();
    await work();
    expect(points.at(-1)?.blobs.slice(3)).toEqual(["RangeError", message]);
  }
});

test("no payload is written, and of the metadata only what is listed", async () => {
  const { points, put, work } = port({ metadata: ["tenant", "berth"] });
  await put();
  await work();
  expect(points.map(({ blobs }) => blobs.slice(5))).toEqual([
    ["blue", ""],
    ["blue", ""],
  ]);
  expect(JSON.stringify(points)).not.toMatch(/cargo|example/);
});

const event = (parts: Partial<JobEvent>, metadata: Record<string, string> = {}, queue = "quay") =>
  ({ at: 70, job: { id: "a", name: "load", queue, metadata }, attempt: 1, startedAt: 50, ...parts }) as JobEvent;

test("an attempt whose result was not taken says why, and one whose worker vanished is told by the next", () => {
  const points: Point[] = [];
  const listen = analyticsEngine({ writeDataPoint: (point) => points.push(point) });
  void listen(event({ type: "leaseLost", reason: "cancelled" }));
  void listen({ type: "stalled", at: 70, attempt: 3, job: { id: "a", name: "load", queue: "quay", metadata: {} } });
  void listen({ type: "saturated", at: 70, queue: "quay", abandoned: 4 });
  expect(points.map(({ blobs, doubles }) => [blobs[0], blobs[3], ...doubles])).toEqual([
    ["leaseLost", "cancelled", 20, 1, 0],
    ["stalled", "", 0, 3, 0],
  ]);
});

test("what is longer than the service takes is cut, between characters", () => {
  const points: Point[] = [];
  const names = Array.from({ length: 15 }, (_, i) => `m${i}`);
  const listen = analyticsEngine(
    { writeDataPoint: (point) => points.push(point) },
    { metadata: names, messages: true },
  );
  const long = "crane 🏗️ 起重機".repeat(1_000);
  const failure = { message: long, stack: `Error: ${long}` };
  void listen(event({ type: "dead", failure }, Object.fromEntries(names.map((name) => [name, long])), long));
  const [{ indexes, blobs } = { indexes: [], blobs: [] }] = points;
  const bytes = (text: string): number => Buffer.byteLength(text);
  expect(blobs).toHaveLength(20);
  expect(blobs.reduce((sum, blob) => sum + bytes(blob), 0)).toBeLessThanOrEqual(16_000);
  expect(bytes(indexes[0] ?? "")).toBeLessThanOrEqual(96);
  expect(bytes(indexes[0] ?? "")).toBeGreaterThan(92);
  for (const text of [...indexes, ...blobs.slice(4)]) expect(long.startsWith(text) && text.isWellFormed()).toBe(true);
});

test("more metadata than a point has room for is refused", () => {
  const metadata = Array.from({ length: 16 }, (_, i) => `m${i}`);
  expect(() => analyticsEngine({ writeDataPoint() {} }, { metadata })).toThrow(
    expect.objectContaining({ code: "invalid_option" }),
  );
});
