import type { ClaimedJob, Limits, NewJob, Outcome } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { type Contender, openContenders } from "./contenders.ts";

const url = inject("postgres");
const ONE: Limits = { key: "k", running: 1 };
const complete = { type: "complete" } as const;
const ids = (jobs: readonly ClaimedJob[]): readonly string[] => jobs.map(({ id }) => id);

describe.skipIf(url === undefined)("limits", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  async function fresh(schema: string, now?: () => number): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema, clock: now });
    await jobs.migrate();
    return jobs;
  }
  const take = (jobs: Postgres, limit = 9) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 300_000 });
  async function open(work: (client: Client) => Promise<unknown>) {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("begin");
    await work(client);
    return async (end: "commit" | "rollback"): Promise<void> => {
      await client.query(end);
      await client.end();
    };
  }

  test("an open transaction that enqueues holds up nobody of its key, and its job starts in its turn", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("limits_within");
      await jobs.enqueue([newJob("first", { limits: ONE })]);
      const close = await open((client) => jobs.within(client).enqueue([newJob("within", { limits: ONE })]));
      await jobs.enqueue([newJob("second", { limits: ONE })]);
      const [first] = (await take(jobs)) as [ClaimedJob];
      await jobs.settle([{ ...first, outcome: complete }]);
      const [second] = (await take(jobs)) as [ClaimedJob];
      await jobs.settle([{ ...second, outcome: complete }]);
      expect([first.id, second.id, await take(jobs)]).toEqual(["first", "second", []]);
      await close(end);
      expect(ids(await take(jobs))).toEqual(end === "commit" ? ["within"] : []);
    }
  });

  test("a job that its handler completes in a transaction gives its place up when that commits", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("limits_completing");
      await jobs.enqueue(["first", "second"].map((id) => newJob(id, { limits: ONE })));
      const [first] = (await take(jobs)) as [ClaimedJob];
      const settlement = JSON.stringify([{ i: 0, id: "first", token: first.token, type: "complete" }]);
      const close = await open((client) =>
        client.query("select * from limits_completing.settle_v4(null, $1, false, 'open')", [settlement]),
      );
      // Others of the key come and look, and wait for nobody.
      await jobs.enqueue([newJob("third", { limits: ONE })]);
      expect(await take(jobs)).toEqual([]);
      await close(end);
      expect(ids(await take(jobs))).toEqual(end === "commit" ? ["second"] : []);
    }
  });

  test("a job with limits that somebody deletes in the table takes no place with it", async () => {
    const jobs = await fresh("limits_deleted");
    await jobs.enqueue(["a", "b", "c"].map((id) => newJob(id, { limits: { ...ONE, queue: 1 } })));
    expect(ids(await take(jobs))).toEqual(["a"]);
    await pool.query("delete from limits_deleted.job where id in ('a', 'b')");
    // Whatever happens to its key next.
    await jobs.enqueue([newJob("d", { limits: { ...ONE, queue: 1 } })]);
    expect(ids(await take(jobs))).toEqual(["c"]);
  });

  test("a job behind one whose lease has ended waits for its place, though a claim sees it by its second look", async () => {
    let now = 1_000_000;
    const jobs = await fresh("limits_behind_lapsed", () => now);
    await jobs.enqueue([newJob("lapses"), newJob("runs", { limits: ONE })]);
    await jobs.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 100 });
    expect(ids(await take(jobs, 1))).toEqual(["runs"]);
    await jobs.enqueue([newJob("waits", { limits: ONE, due: { inMs: 50 } })]);
    now += 200;
    expect(ids(await take(jobs, 1))).toEqual(["lapses"]);
  });

  test("a job that the end of a late one frees in another queue of the claim has its turn in that", async () => {
    let now = 1_000_000;
    const jobs = await fresh("limits_freed", () => now);
    const mail = (id: string, parts: Partial<NewJob>): NewJob => newJob(id, { queue: "mail", ...parts });
    await jobs.enqueue([
      newJob("late", { startWithinMs: 100 }),
      mail("child", { priority: 0, after: { jobs: [{ id: "late" }], onFailed: "run" } }),
      mail("other", { priority: 9 }),
    ]);
    now += 101;
    const queues = ["default", "mail"].map((name) => ({ name, limit: 1 }));
    expect(ids(await jobs.claim({ queues, leaseMs: 1_000 }))).toEqual(["late", "child"]);
  });

  test("their tables are empty when no job is left", async () => {
    const jobs = await fresh("limits_bounded");
    await jobs.enqueue(
      Array.from({ length: 50 }, (_, n) => newJob(`job-${n}`, { limits: { key: `${n % 7}`, running: 2 } })),
    );
    for (let taken = await take(jobs); taken.length > 0; taken = await take(jobs)) {
      await jobs.settle(taken.map((job) => ({ ...job, outcome: complete })));
    }
    for (const table of ["lane", "parked", "lane_change"]) {
      expect([table, (await pool.query(`select from limits_bounded.${table}`)).rows.length]).toEqual([table, 0]);
    }
  });

  test("hold while several processes enqueue, change, cancel and run, without a deadlock, and no job is left", async () => {
    await fresh("limits_contention");
    const { contenders, undone } = openContenders(url, "limits_contention", 5);
    const [one, two, ...workers] = contenders.map(({ jobs }) => jobs) as [Postgres, Postgres, ...Postgres[]];
    const KEYS = ["a", "b", "c", "d"];
    const ROUNDS = 40;
    const made: string[] = [];
    const ended = new Set<string>();
    const running = new Map<string, number>();
    let all = 0;
    let most = 0;
    let enqueuing = true;

    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < ROUNDS; n++) {
        // The two go through the keys in opposite orders.
        const keys = from === "one" ? KEYS : [...KEYS].reverse();
        const some = keys.map((key): NewJob => {
          const due = n % 5 === 0 ? { inMs: 5 } : { inMs: 0 };
          return newJob(`${from}-${key}-${n}`, { due, payload: key, limits: { key, running: 2, queue: 5 } });
        });
        made.push(...some.map(({ id }) => id));
        if (n % 4 === 0) {
          const { connections } = contenders[from === "one" ? 0 : 1] as Contender; // of five
          const client = await connections.connect();
          await client.query("begin");
          await jobs.within(client).enqueue(some);
          await new Promise(setImmediate);
          await client.query("commit");
          client.release();
        } else await jobs.enqueue(some);
        const [first, second] = some.map(({ id }) => ({ id })) as [{ id: string }, { id: string }];
        if (n % 3 === 0)
          await jobs.update([
            { ...second, name: "work", priority: 1 },
            { ...first, name: "work", priority: 9 },
          ]);
        // What runs is not removed, so that no handler runs beside its place.
        if (n % 7 === 0 && (await jobs.remove([second]))[0]?.status === "done") made.splice(made.indexOf(second.id), 1);
        if (n % 6 === 0) await jobs.replay(made.slice(-12).map((id) => ({ id })));
      }
    };
    const work = async (jobs: Postgres, i: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        const taken = await take(jobs, 3);
        if (taken.length === 0) {
          const due = await jobs.dueInMs({ queues: ["default"], schedules: [] });
          if (!enqueuing && due === undefined) return;
        }
        for (const { payload } of taken) {
          running.set(payload, (running.get(payload) ?? 0) + 1);
          expect(running.get(payload)).toBeLessThanOrEqual(2);
          most = Math.max(most, ++all);
          expect(all).toBeLessThanOrEqual(5);
        }
        await new Promise(setImmediate);
        const failure = { message: "it broke" };
        const ends: readonly Outcome[] = [
          complete,
          complete,
          { type: "retry", delayMs: 0, failure },
          { type: "dead", failure },
        ];
        const settlements = taken.map((job) => ({ ...job, outcome: ends[(turn + i) % ends.length] ?? complete }));
        for (const { payload } of taken) running.set(payload, (running.get(payload) ?? 0) - 1);
        all -= taken.length;
        const answers = await jobs.settle(settlements);
        answers.forEach((answer, n) => {
          expect(answer).toMatch(/^(accepted|cancelled|stale)$/);
          const { id = "", outcome } = settlements[n] ?? {};
          if (answer === "accepted" && outcome?.type !== "retry") ended.add(id);
        });
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).then(() => (enqueuing = false));
    await Promise.all([produced, ...workers.map(work)]);
    await Promise.all(contenders.map(({ end }) => end()));
    expect(undone).toEqual([]);
    expect(made.filter((id) => !ended.has(id))).toEqual([]);
    expect(most).toBeGreaterThan(2);
    expect((await pool.query("select from limits_contention.parked")).rows.length).toBe(0);
  });
});
