import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { createQueue, defineJob } from "@longshore/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { d1 } from "../../src/index.ts";
import { anyInput } from "../schema.ts";

const work = defineJob("work", { input: anyInput });
const folder = mkdtempSync(join(tmpdir(), "longshore-libsql-"));
const url = `file:${join(folder, "jobs.db")}`;
const [client, other] = [createClient({ url }), createClient({ url })];

beforeAll(() => d1(client).migrate());
afterAll(() => {
  client.close();
  other.close();
  rmSync(folder, { recursive: true });
});

/** A client whose batches are counted. */
function counted(): { readonly batches: () => number; readonly database: Pick<Client, "batch"> } {
  let batches = 0;
  return { batches: () => batches, database: { batch: (...args) => (batches++, client.batch(...args)) } };
}

for (const [whose, holder] of [
  ["the same client", client],
  ["another client of the file", other],
] as const) {
  test(`a call waits for the end of a transaction of ${whose}`, async () => {
    const { batches, database } = counted();
    const queue = createQueue(d1(database));
    const transaction = await holder.transaction("write");
    const enqueued = queue.enqueue(work, { n: 1 });
    await vi.waitUntil(() => batches() > 2, { timeout: 100_000 });
    await transaction.commit();
    expect(await enqueued).toMatchObject({ status: "created" });
  });
}

test("a call that a transaction keeps out for five seconds fails with backend_timeout, and has done nothing", async () => {
  const adapter = d1(client);
  const before = await adapter.counts();
  const transaction = await client.transaction("write");
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  try {
    const refused = adapter.pause("default").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_100);
    expect(await refused).toMatchObject({ code: "backend_timeout" });
  } finally {
    vi.useRealTimers();
    await transaction.rollback();
  }
  expect(await adapter.counts()).toEqual(before);
});

test("`statements` enqueue in a transaction that is open, and go with it when it is rolled back", async () => {
  const jobs = d1(client);
  const enqueueIn = async (id: string, end: "commit" | "rollback") => {
    const transaction = await client.transaction("write");
    await transaction.batch(await jobs.statements([work.with({ n: 1 }, { id })]));
    await transaction[end]();
    return createQueue(jobs).get(id);
  };
  expect(await enqueueIn("kept", "commit")).toMatchObject({ id: "kept", state: "enqueued" });
  expect(await enqueueIn("undone", "rollback")).toBeUndefined();
});

test("a call to a database in memory waits for the transaction that has its only connection", async () => {
  const memory = createClient({ url: ":memory:" });
  await d1(memory).migrate();
  const transaction = await memory.transaction("write");
  const counts = d1(memory).counts();
  await new Promise((resolve) => setImmediate(resolve));
  await transaction.commit();
  expect(await counts).toEqual([]);
  memory.close();
});
