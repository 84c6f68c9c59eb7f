import { env } from "cloudflare:workers";
import { type Job, LongshoreError, createQueue } from "@longshore/core";
import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { durableObjects } from "../src/index.ts";
import { time } from "./worker.ts";

/** An empty page for our refusal; anything else is thrown on. */
function refusal(error: unknown): { readonly jobs: readonly Job[]; readonly cursor?: string } {
  if (error instanceof LongshoreError && error.code === "invalid_cursor") return { jobs: [] };
  throw error;
}

const IDS = Array.from({ length: 30 }, (_, n) => `job-${n}`);

beforeEach(() => {
  time.now = Date.now;
});

test.each([1, 3])("any text is answered as a cursor by a page or by our refusal, over %i objects", async (shards) => {
  const adapter = durableObjects(env.KEEPER, { name: `hostile-${shards}`, shards });
  const job = { name: "work", queue: "default", payload: "{}", headers: { v: "1" }, priority: 5, keepMs: 60_000 };
  await adapter.enqueue(IDS.map((id) => ({ ...job, id, due: { inMs: 3_600_000 } })));
  const { list } = createQueue(adapter);
  const after = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...IDS));
  const shard = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.double(), fc.bigInt(), fc.string()).map(String);
  const cursor = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.tuple(shard, after).map((parts) => parts.join(":")),
  );
  const state = fc.constantFrom("delayed", "dead", undefined);
  const asked = fc.asyncProperty(cursor, fc.integer({ min: 1, max: 20 }), state, async (text, limit, wanted) => {
    const page = await list({ cursor: text, limit, state: wanted }).catch(refusal);
    expect(page.jobs.length).toBeLessThanOrEqual(limit);
    expect(IDS).toEqual(expect.arrayContaining(page.jobs.map(({ id }) => id)));
    expect(["undefined", "string"]).toContain(typeof page.cursor);
  });
  await fc.assert(asked, { numRuns: 500 });
  expect((await list({ limit: 1_000 })).jobs).toHaveLength(IDS.length);
});

test("a refusal by a second copy of the package is a refusal, and no uncaught error of the object", async () => {
  const adapter = durableObjects(env.KEEPER, { name: "hostile-copy" });
  await adapter.counts();
  time.now = () => {
    throw Object.assign(new Error("of another copy"), { name: "LongshoreError", code: "invalid_cursor" });
  };
  await expect(adapter.counts()).rejects.toMatchObject({ code: "invalid_cursor", message: "of another copy" });
});
