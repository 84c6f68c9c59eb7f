import { type Job, LongshoreError, createQueue } from "@longshore/core";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { newJob } from "../src/jobs.ts";

/** An empty page for our refusal; anything else is thrown on. */
function refusal(error: unknown): { readonly jobs: readonly Job[]; readonly cursor?: string } {
  if (error instanceof LongshoreError && error.code === "invalid_cursor") return { jobs: [] };
  throw error;
}

const IDS = Array.from({ length: 30 }, (_, n) => `job-${n}`);

test("any text is answered as a cursor by a page or by our refusal", async () => {
  const store = memory();
  await store.enqueue(IDS.map((id) => newJob(id)));
  const { list } = createQueue(store);
  const cursor = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.oneof(fc.double(), fc.maxSafeInteger(), fc.bigInt()).map(String),
    fc.json(),
    fc.integer({ min: -5, max: 40 }).map(String),
  );
  const state = fc.constantFrom("enqueued", "dead", undefined);
  const asked = fc.asyncProperty(cursor, fc.integer({ min: 1, max: 20 }), state, async (text, limit, wanted) => {
    const page = await list({ cursor: text, limit, state: wanted }).catch(refusal);
    expect(page.jobs.length).toBeLessThanOrEqual(limit);
    expect(IDS).toEqual(expect.arrayContaining(page.jobs.map(({ id }) => id)));
    expect(["undefined", "string"]).toContain(typeof page.cursor);
  });
  await fc.assert(asked, { numRuns: 2_000 });
});
