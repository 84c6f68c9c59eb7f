import type { ClaimedJob, Limits, NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";

const url = inject("postgres");
const WAITING = 100_000;

/** The part of a plan in JSON that is used here. */
type Node = {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Node[];
};

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** How many rows of tables a node looked at. */
function readBy(node: Node): number {
  if (node["Relation Name"] === undefined || node["Node Type"] === "ModifyTable") return 0;
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return (node["Actual Rows"] + removed) * node["Actual Loops"];
}

// One connection: it keeps the plans that it made while the table was empty. The planner takes a new table for one of ten
// pages, and one that a vacuum has found empty for one of a row at most.
const EMPTY = ["new", "vacuumed"];
describe.skipIf(url === undefined).each(EMPTY)("the statements that run for each job in a %s table", (empty) => {
  const client = new Client({ connectionString: url });
  const plans: Node[] = [];
  let jobs: Postgres;
  let now = Date.now();

  /** The nodes of all statements that a call runs, those within functions included. */
  const plansOf = async (call: () => Promise<unknown>): Promise<readonly Node[]> => {
    plans.length = 0;
    await call();
    return plans.flatMap(nodesOf);
  };

  beforeAll(async () => {
    client.on("notice", ({ message = "" }) => {
      const json = message.slice(message.indexOf("{"));
      if (message.includes('"Plan"')) plans.push((JSON.parse(json) as { Plan: Node }).Plan);
    });
    await client.connect();
    await client.query("load 'auto_explain'");
    const settings = { log_min_duration: 0, log_nested_statements: "on", log_analyze: "on", log_timing: "off" };
    for (const [name, value] of Object.entries({ ...settings, log_format: "json", log_level: "notice" })) {
      await client.query(`set auto_explain.${name} = ${value}`);
    }
    await client.query("drop schema if exists plans cascade");
    jobs = postgres(client, { schema: "plans", clock: () => now });
    await jobs.migrate();
    const { rows } = await client.query("select tablename from pg_tables where schemaname = 'plans'");
    if (empty === "vacuumed") for (const { tablename } of rows) await client.query(`vacuum analyze plans.${tablename}`);
  });
  afterAll(() => client.end());

  const claim = (limit = 10, terms: { readonly priorityAgeMs?: number } = {}) =>
    jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000, ...terms });
  const claimByAge = async (limit: number): Promise<Readonly<Record<string, readonly Node[]>>> => ({
    byAge: await plansOf(() => claim(limit, { priorityAgeMs: 60_000 })),
  });
  /** Goes through every verb and returns the nodes by verb. */
  const everyVerb = async (): Promise<Readonly<Record<string, readonly Node[]>>> => {
    const enqueue = await plansOf(() =>
      jobs.enqueue([1, 2, 3].map((n) => newJob(`first-${n}`, { priority: 0, keepMs: 0 }))),
    );
    const duplicate = await plansOf(() => jobs.enqueue([newJob("first-1")]));
    let taken: readonly ClaimedJob[] = [];
    const claimed = await plansOf(async () => {
      taken = await claim(3);
    });
    const [a, b, c] = taken;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three were enqueued");
    const renew = await plansOf(() => jobs.renew([a, b, c], 30_000));
    const finish = await plansOf(() => jobs.settle([{ ...a, outcome: { type: "complete" } }]));
    const failure = { message: "it broke" };
    const settle = await plansOf(() => jobs.settle([{ ...b, outcome: { type: "retry", delayMs: 60_000, failure } }]));
    const next = [newJob("first-4", { keepMs: 0 })];
    const followed = await plansOf(() => jobs.settle([{ ...c, outcome: { type: "complete" }, next }]));
    const due = await plansOf(() => jobs.dueInMs({ queues: ["default", "other"], schedules: [] }));
    await jobs.remove([{ id: "first-2" }, { id: "first-4" }]);
    return { enqueue, duplicate, claimed, renew, finish, settle, followed, due };
  };
  /** The same for a job with a unique key, and one that waits behind it. */
  const everyKeyedVerb = async (): Promise<Readonly<Record<string, readonly Node[]>>> => {
    const unique = { key: "k", on: "replace" } as const;
    const add = (id: string) => jobs.enqueue([newJob(id, { priority: 0, unique })]);
    const created = await plansOf(() => add("keyed-1"));
    const replaced = await plansOf(() => add("keyed-2"));
    const [job] = await claim(1);
    if (job?.id !== "keyed-1") throw new Error("it goes before all others");
    const behind = await plansOf(() => add("keyed-3"));
    const settled = await plansOf(() => jobs.settle([{ ...job, outcome: { type: "complete" } }]));
    const cancelled = await plansOf(() => jobs.cancel([{ id: "keyed-3" }]));
    const replayed = await plansOf(() => jobs.replay([{ id: "keyed-3" }]));
    const released = await plansOf(() => jobs.release([{ key: "k" }]));
    const many = ["a", "b", "c"].map((key) => newJob(`keyed-${key}`, { unique: { ...unique, key } }));
    const several = await plansOf(() => jobs.enqueue(many));
    const again = await plansOf(() => jobs.enqueue(many.map((job) => ({ ...job, id: `${job.id}-2` }))));
    const removed = await plansOf(() => jobs.remove(many));
    await jobs.remove([{ id: "keyed-1" }, { id: "keyed-3" }]);
    return { created, replaced, behind, settled, cancelled, replayed, released, several, again, removed };
  };
  /** The same for jobs with limits: one that starts, one behind it, and one that follows when its key has a place. */
  const everyLimitedVerb = async (
    queue: number | undefined,
    more: Partial<Limits> = {},
  ): Promise<Readonly<Record<string, readonly Node[]>>> => {
    const limits = { key: "lane", running: 1, queue, ...more };
    const add = (id: string) => jobs.enqueue([newJob(id, { priority: 0, limits })]);
    const started = await plansOf(() => add("limited-1"));
    let taken: readonly ClaimedJob[] = [];
    const claimed = await plansOf(async () => {
      taken = await claim(1);
    });
    const [job] = taken;
    if (job?.id !== "limited-1") throw new Error("it goes before all others");
    const parked = await plansOf(() =>
      jobs.enqueue(["limited-2", "limited-3"].map((id) => newJob(id, { priority: 0, limits }))),
    );
    const renewed = await plansOf(() => jobs.renew([job], 30_000));
    const settled = await plansOf(() => jobs.settle([{ ...job, outcome: { type: "complete" } }]));
    const changed = await plansOf(() => jobs.update([{ id: "limited-3", name: "work", priority: 0 }]));
    const cancelled = await plansOf(() => jobs.cancel([{ id: "limited-2" }]));
    const replayed = await plansOf(() => jobs.replay([{ id: "limited-2" }]));
    const due = await plansOf(() => jobs.dueInMs({ queues: ["default"], schedules: [] }));
    const removed = await plansOf(() => jobs.remove(["limited-1", "limited-2", "limited-3"].map((id) => ({ id }))));
    return { started, claimed, parked, renewed, settled, changed, cancelled, replayed, due, removed };
  };
  /** The same for jobs that come after others, one of whose parents fails, and for one that has not begun in time. */
  const everyRelatedVerb = async (): Promise<Readonly<Record<string, readonly Node[]>>> => {
    const add = (id: string, more: Partial<NewJob> = {}) => newJob(id, { priority: 0, ...more });
    const parents = ["parent-1", "parent-2"].map((id) => add(id));
    const children = parents.map(({ id }) => add(`${id}-child`, { after: { jobs: [{ id }], onFailed: "dead" } }));
    const enqueued = await plansOf(() => jobs.enqueue([...parents, ...children]));
    const [a, b] = await claim(2);
    if (a?.id !== "parent-1" || b?.id !== "parent-2") throw new Error("they go before all others");
    const freed = await plansOf(() => jobs.settle([{ ...a, outcome: { type: "complete" } }]));
    const failure = { message: "it broke" };
    const buried = await plansOf(() => jobs.settle([{ ...b, outcome: { type: "dead", failure } }]));
    await jobs.enqueue([add("late", { startWithinMs: 1 })]);
    now += 1_000;
    const expired = await plansOf(() => claim(2));
    const removed = await plansOf(() => jobs.remove([...parents, ...children, { id: "late" }]));
    return { enqueued, freed, buried, expired, removed };
  };
  const expectIndexes = (verbs: Readonly<Record<string, readonly Node[]>>, most = 100): void => {
    for (const [verb, nodes] of Object.entries(verbs)) {
      const scans = nodes.filter((node) => node["Relation Name"] !== undefined && node["Node Type"] !== "ModifyTable");
      const kinds = new Set(scans.map((node) => node["Node Type"]));
      if (verb !== "enqueue") expect([verb, scans.length > 0]).toEqual([verb, true]);
      for (const kind of kinds)
        expect([verb, kind]).toEqual([verb, expect.stringMatching(/^(Index|Index Only|Tid) Scan$/)]);
      const read = nodes.reduce((sum, node) => sum + readBy(node), 0);
      expect([verb, read < most ? "few" : read]).toEqual([verb, "few"]);
    }
  };

  test("read a few rows by an index while the table is empty", async () => {
    expectIndexes(await everyVerb());
    expectIndexes(await everyKeyedVerb());
    expectIndexes(await everyLimitedVerb(99));
    expectIndexes(await everyLimitedVerb(99, { ordered: true }));
    expectIndexes(await everyLimitedVerb(99, { rate: { everyMs: 0.1, burst: 9 } }));
    expectIndexes(await everyRelatedVerb());
    expectIndexes(await claimByAge(3));
    await client.query("delete from plans.queue_limit");
  });

  test("end several jobs by one scan, in the order of their ids, in which whoever changes several locks them", async () => {
    await jobs.enqueue([1, 2, 3].map((n) => newJob(`ends-${n}`, { priority: 0, keepMs: 0 })));
    const taken = await claim(3);
    const nodes = await plansOf(() => jobs.settle(taken.map((job) => ({ ...job, outcome: { type: "complete" } }))));
    const join = nodes.find((node) => node["Node Type"] === "Hash Join");
    // It goes through the tokens, which are sent in the order of the ids, and looks for the row of each.
    expect(join?.Plans?.map((node) => node["Node Type"])).toEqual(["Function Scan", "Hash"]);
    const scans = nodes.filter((node) => node["Node Type"] === "Tid Scan");
    expect(scans.map((node) => [node["Actual Rows"], node["Actual Loops"]])).toEqual([[3, 1]]);
  });

  test("never look at keys and lanes for jobs without them", async () => {
    const relations = (verbs: Readonly<Record<string, readonly Node[]>>) =>
      new Set(Object.values(verbs).flatMap((nodes) => nodes.map((node) => node["Relation Name"])));
    const plain = relations(await everyVerb());
    for (const table of ["key", "lane", "parked", "edge"]) expect(plain).not.toContain(table);
    expect(relations(await everyKeyedVerb())).toContain("key");
    const limited = relations(await everyLimitedVerb(99));
    for (const table of ["lane", "parked"]) expect(limited).toContain(table);
    expect(limited).not.toContain("rate");
    await client.query("delete from plans.queue_limit");
  });

  test(`read as few by the same indexes once ${WAITING} jobs wait`, async () => {
    for (let n = 0; n < WAITING; n += 1_000) {
      await jobs.enqueue(Array.from({ length: 1_000 }, (_, i) => newJob(`job-${n + i}`, { keepMs: 0 })));
    }
    expectIndexes(await everyVerb());
    expectIndexes(await everyKeyedVerb());
    // A queue gets its first number: only then the line is read for what runs already.
    await everyLimitedVerb(99);
    expectIndexes(await everyLimitedVerb(99));
    expectIndexes(await everyLimitedVerb(99, { ordered: true }));
    expectIndexes(await everyLimitedVerb(99, { rate: { everyMs: 0.1, burst: 9 } }));
    await client.query("delete from plans.queue_limit");
    expectIndexes(await everyRelatedVerb());
    // Its first number of jobs: only then they are counted.
    const bounded = (id: string) => plansOf(() => jobs.enqueue([newJob(id, { maxDepth: 2 * WAITING })]));
    const first = await bounded("bounded-1");
    expect(first.reduce((sum, node) => sum + readBy(node), 0)).toBeGreaterThanOrEqual(WAITING);
    expectIndexes(await everyVerb());
    expectIndexes({ bounded: await bounded("bounded-2"), depth: await plansOf(() => jobs.depth("default")) });
    expectIndexes(await claimByAge(10));
    // A worker of another process takes what is at the head of the line.
    const nodes = await plansOf(() => claim(50));
    expect(nodes.reduce((sum, node) => sum + readBy(node), 0)).toBeLessThan(400);
    // Its lease ends without a word: the line is read again, as far as the jobs that it held.
    now += 60_000;
    const again = await plansOf(() => claim(50));
    expect(again.reduce((sum, node) => sum + readBy(node), 0)).toBeLessThan(800);
    expect(again.filter((node) => node["Node Type"] === "Seq Scan")).toEqual([]);
  });

  test("read as few of a thousand keys that are full, with a hundred jobs behind each", async () => {
    await client.query("set auto_explain.log_min_duration = -1");
    const keys = Array.from({ length: 1_000 }, (_, n) => ({ key: `full-${n}`, running: 1 }));
    for (const id of ["starts", "waits"]) {
      await jobs.enqueue(keys.map((limits, n) => newJob(`${id}-${n}`, { priority: 0, limits })));
    }
    // A hundred times who waits: one by one, that would take a minute.
    const columns = ["queue", "due", "born", "keep", "priority", "ended", "name", "about", "payload"].map(
      (c) => `j.${c}`,
    );
    await client.query(`
      with more as (
        insert into plans.job (id, seq, queue, due, born, keep, priority, ended, name, about, payload)
        select j.id || '-' || n, nextval('plans.seq'), ${columns.join(", ")}
        from plans.job j cross join generate_series(1, 99) n where j.id like 'waits-%' returning id, seq
      )
      insert into plans.parked select p.key, p.priority, p.due, m.seq, m.id, p.running
      from more m join plans.parked p on p.id = substring(m.id from '^waits-[0-9]+')`);
    await client.query("analyze plans.job, plans.parked, plans.lane");
    expect((await claim(1_000)).length).toBe(1_000);
    await client.query("set auto_explain.log_min_duration = 0");
    // A look at a line passes over the thousand leases in it, but over none of those that wait.
    expectIndexes(await everyLimitedVerb(undefined), 3_000);
  });

  // In a new table: whatever holds old versions back, such as another session's snapshot, these pages have room.
  test("change no index when a claim or a renewal writes to a row", async () => {
    await client.query("drop schema if exists hot cascade");
    const few = postgres(client, { schema: "hot" });
    await few.migrate();
    const updates = async (): Promise<readonly [all: number, hot: number]> => {
      await client.query("select pg_stat_force_next_flush()");
      const { rows } = await client.query(
        "select n_tup_upd as updated, n_tup_hot_upd as hot from pg_stat_user_tables where schemaname = 'hot' and relname = 'job'",
      );
      const [{ updated, hot }] = rows as [{ updated: string; hot: string }];
      return [Number(updated), Number(hot)];
    };
    const take = async (amount: number): Promise<readonly ClaimedJob[]> => {
      await few.enqueue(Array.from({ length: amount }, (_, n) => newJob(`job-${amount}-${n}`)));
      return few.claim({ queues: [{ name: "default", limit: amount }], leaseMs: 30_000 });
    };
    await few.renew(await take(5), 30_000);
    expect(await updates()).toEqual([10, 10]);
    // Pages have room for each row once more, which a lease makes longer.
    await take(200);
    expect(await updates()).toEqual([210, 210]);
  });
});
