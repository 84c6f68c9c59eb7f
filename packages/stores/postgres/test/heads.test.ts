import type { ClaimedJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { Client } from "pg";
import { type Postgres, postgres } from "../src/index.ts";
import { openDatabase } from "./database.ts";

const SCHEMA = "heads";
const SECOND = 1_000;
const url = inject("postgres");
const database = await openDatabase();
afterAll(() => database.end());

const ids = (jobs: readonly ClaimedJob[]): readonly string[] => jobs.map(({ id }) => id);
const complete = { type: "complete" } as const;

describe("a backlog", () => {
  let now: number;
  let jobs: Postgres;
  /** The store of another process. */
  let other: Postgres;

  beforeEach(async () => {
    now = 1_000_000;
    await database.query(`drop schema if exists ${SCHEMA} cascade`);
    jobs = postgres(database.client, { schema: SCHEMA, clock: () => now });
    other = postgres(database.client, { schema: SCHEMA, clock: () => now });
    await jobs.migrate();
  });

  const fill = (names: string) => jobs.enqueue([...names].map((id) => newJob(id, { keepMs: 0 })));
  const take = (limit = 2) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 30 * SECOND });
  const run = async (limit = 2): Promise<string> => {
    const taken = await take(limit);
    await jobs.settle(taken.map((job) => ({ ...job, outcome: complete })));
    return ids(taken).join("");
  };
  /** It stands before all others, though it comes now. */
  const overdue = (id: string) => newJob(id, { keepMs: 0, due: { at: now - 5 * SECOND } });

  test("is run from its head, and what comes before that from elsewhere has its turn within a second", async () => {
    await fill("abcdefgh");
    expect(await run()).toBe("ab");
    await other.enqueue([overdue("x")]);
    expect(await run()).toBe("cd");
    now += SECOND - 1;
    expect(await run(1)).toBe("e");
    now += 1;
    expect(await run()).toBe("xf");
  });

  test("that ends is read from its start by the next claim, and a worker does not sleep before", async () => {
    await fill("abcde");
    expect(await run()).toBe("ab");
    await other.enqueue([overdue("x")]);
    expect(await run(9)).toBe("cde");
    expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBe(0);
    expect(await run(9)).toBe("x");
  });

  test("is not run before what this process puts to stand before it", async () => {
    await jobs.enqueue([newJob("z", { priority: 9 })]);
    now += SECOND;
    await fill("abcdefgh");
    expect(await run()).toBe("ab");
    await jobs.enqueue([overdue("x")]);
    expect(await run()).toBe("xc");
    await jobs.update([{ id: "z", name: "work", priority: 0 }]);
    expect(await run()).toBe("zd");
  });

  test("begins where the first lease is, so that nothing of a worker that vanished is passed over", async () => {
    await fill("ab");
    now += SECOND;
    await fill("cdef");
    expect(ids(await take())).toEqual(["a", "b"]);
    now += 30 * SECOND - 1;
    expect(await run()).toBe("cd");
    now += 1;
    expect(await run(4)).toBe("efab");
  });
});

type Plan = { readonly "Shared Hit Blocks": number; readonly "Shared Read Blocks": number };

test.skipIf(url === undefined)("a claim of a backlog reads nothing of jobs that have ended", async () => {
  const client = new Client({ connectionString: url });
  const holder = new Client({ connectionString: url });
  await client.connect();
  await holder.connect();
  await client.query("drop schema if exists heads_past cascade");
  let blocks = 0;
  client.on("notice", ({ message = "" }) => {
    const plan = (JSON.parse(message.slice(message.indexOf("{"))) as { Plan: Plan }).Plan;
    blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  });
  const jobs = postgres(client, { schema: "heads_past" });
  await jobs.migrate();
  // As long as somebody may see them, no vacuum removes them.
  await holder.query("begin isolation level repeatable read");
  await holder.query("select 1 from heads_past.job");
  const many = (from: number, amount: number) =>
    Array.from({ length: amount }, (_, n) => newJob(`${from + n}`, { keepMs: 0 }));
  for (let from = 0; from < 10_000; from += 1_000) await jobs.enqueue(many(from, 1_000));
  await new Promise((resolve) => setTimeout(resolve, 200)); // else they stood at the head
  await jobs.enqueue(many(10_000, 100));
  const take = (limit: number) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
  for (let ended = 0; ended < 10_000; ended += 1_000)
    await jobs.settle((await take(1_000)).map((job) => ({ ...job, outcome: complete })));

  await client.query("load 'auto_explain'");
  const settings = { log_min_duration: 0, log_nested_statements: "off", log_analyze: "on", log_buffers: "on" };
  for (const [name, value] of Object.entries({ ...settings, log_format: "json", log_level: "notice" }))
    await client.query(`set auto_explain.${name} = ${value}`);
  const read = async (store: Postgres): Promise<number> => {
    blocks = 0;
    await store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
    return blocks;
  };
  const another = postgres(client, { schema: "heads_past" });
  const whole = await read(another);
  expect(whole).toBeGreaterThan(1_000);
  expect(await read(another)).toBeLessThan(whole / 10);
  await holder.query("rollback");
  await holder.end();
  await client.end();
});
