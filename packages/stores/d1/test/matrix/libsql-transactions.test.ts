import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type Transaction, createClient } from "@libsql/client";
import { createQueue, defineJob } from "@longshore/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type D1, d1 } from "../../src/index.ts";
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

/** A client that tells how often a store has tried to begin a transaction. */
function counted(): { readonly tries: () => number; readonly database: Pick<Client, "batch"> } {
  let tries = 0;
  const transaction = (mode: "read" | "deferred") => (tries++, client.transaction(mode));
  const batch: Client["batch"] = (...args) => (tries++, client.batch(...args));
  return { tries: () => tries, database: Object.assign({ protocol: "file", transaction }, { batch }) };
}

for (const [whose, holder] of [
  ["the same client", client],
  ["another client of the file", other],
] as const) {
  test(`a call waits for the end of a transaction of ${whose}`, async () => {
    const { tries, database } = counted();
    const queue = createQueue(d1(database));
    const transaction = await holder.transaction("write");
    const enqueued = queue.enqueue(work, { n: 1 });
    await vi.waitUntil(() => tries() > 2, { timeout: 100_000 });
    await transaction.commit();
    expect(await enqueued).toMatchObject({ status: "created" });
  });
}

/** Whoever holds this lock meets no other, and keeps all others out. */
const exclusive = async (): Promise<Transaction> => {
  const transaction = await other.transaction("deferred");
  await transaction.executeMultiple("COMMIT; BEGIN EXCLUSIVE");
  return transaction;
};
const reading = async (): Promise<Transaction> => {
  const transaction = await other.transaction("read");
  await transaction.execute("SELECT * FROM longshore_meta");
  return transaction;
};

for (const [what, hold, call] of [
  ["writes and meets a transaction", () => other.transaction("write"), (jobs) => jobs.pause("other")],
  ["writes and meets one that reads", reading, (jobs) => jobs.pause("other")],
  ["reads and meets a lock", exclusive, (jobs) => jobs.counts()],
] satisfies [string, () => Promise<Transaction>, (jobs: D1) => Promise<unknown>][]) {
  test(`a call that ${what} gets through once that has ended, and leaves no lock behind`, async () => {
    const { tries, database } = counted();
    const jobs = d1(database);
    const holder = await hold();
    const waiting = call(jobs);
    await vi.waitUntil(() => tries() > 2, { timeout: 100_000 });
    const before = tries();
    await holder.commit();
    await waiting;
    // Another process is not kept out.
    await other.execute("UPDATE longshore_meta SET value = value");
    for (let n = 0; n < 5; n++) await jobs.resume("other");
    expect(tries() - before).toBe(6);
  });
}

test("a call that a transaction keeps out for five seconds fails with backend_timeout, and has done nothing", async () => {
  const before = await d1(client).counts();
  const transaction = await client.transaction("write");
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  try {
    const refused = d1(client)
      .pause("default")
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_100);
    expect(await refused).toMatchObject({ code: "backend_timeout" });
  } finally {
    vi.useRealTimers();
    await transaction.rollback();
  }
  expect(await d1(client).counts()).toEqual(before);
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
