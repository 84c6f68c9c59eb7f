import type { ClaimedJob, NewJob, Outcome } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool, types } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { openContenders } from "./contenders.ts";

const url = inject("postgres");
const complete = { type: "complete" } as const;
const failure = { message: "it broke" };

function child(id: string, parents: readonly string[], onFailed: "dead" | "run" = "dead"): NewJob {
  return newJob(id, { keepMs: 0, after: { jobs: parents.map((parent) => ({ id: parent })), onFailed } });
}

describe.skipIf(url === undefined)("jobs that come after others", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  async function fresh(schema: string): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema });
    await jobs.migrate();
    return jobs;
  }
  const take = (jobs: Postgres, limit = 9) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 300_000 });
  const stateOf = async (jobs: Postgres, id: string) => (await jobs.get([{ id }]))[0]?.state;
  const left = async (schema: string) =>
    (await pool.query(`select from ${schema}.edge union all select from ${schema}.lane_change`)).rows.length;
  /** Ends a job in a transaction that stays open. */
  async function settleIn(schema: string, { id, token }: ClaimedJob, as: "now" | "open", isolation = "read committed") {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`begin isolation level ${isolation}`);
    const settlements = JSON.stringify([{ i: 0, id, token, type: "complete" }]);
    await client.query(`select * from ${schema}.settle_v4(null, $1, false, $2)`, [settlements, as]);
    return async (end: "commit" | "rollback"): Promise<void> => {
      await client.query(end);
      await client.end();
    };
  }

  test.each([String, Number, BigInt])("are told of as freed or buried, if the app reads int8 as a %o", async (read) => {
    await fresh("families_told");
    const int8 = types.builtins.INT8;
    const getTypeParser: typeof types.getTypeParser = (oid, format) =>
      oid === int8 ? read : types.getTypeParser(oid, format);
    const reading = new Pool({ connectionString: url, max: 1, types: { getTypeParser } });
    const jobs = postgres(reading, { schema: "families_told" });
    await jobs.enqueue([newJob("a"), newJob("b"), child("c", ["a"]), child("d", ["b"])]);
    const [a, b] = (await take(jobs)) as [ClaimedJob, ClaimedJob];
    expect(await jobs.settle([{ ...a, outcome: complete }])).toEqual([{ status: "accepted", next: [], freed: 1 }]);
    const dead = { type: "dead", failure } as const;
    expect(await jobs.settle([{ ...b, outcome: dead }])).toEqual([{ status: "accepted", next: [], buried: 1 }]);
    await reading.end();
  });

  test("start when two parents end at once, of which neither sees that the other has ended", async () => {
    const jobs = await fresh("families_at_once");
    await jobs.enqueue([newJob("a"), newJob("b"), child("c", ["a", "b"])]);
    const [a, b] = (await take(jobs)) as [ClaimedJob, ClaimedJob];
    const commit = await settleIn("families_at_once", a, "now");
    expect(await jobs.settle([{ ...b, outcome: complete }])).toEqual(["accepted"]);
    expect(await take(jobs)).toEqual([]);
    await commit("commit");
    expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBe(0);
    const [c] = (await take(jobs)) as [ClaimedJob];
    expect(c.id).toBe("c");
    await jobs.settle([{ ...c, outcome: complete }]);
    expect(await left("families_at_once")).toBe(0);
  });

  test("start when a transaction commits in which their parent's handler has completed it", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("families_completing");
      await jobs.enqueue([newJob("a"), newJob("b"), child("c", ["a", "b"])]);
      const [a, b] = (await take(jobs)) as [ClaimedJob, ClaimedJob];
      const close = await settleIn("families_completing", a, "open");
      // Nobody waits for it.
      expect(await jobs.settle([{ ...b, outcome: complete }])).toEqual(["accepted"]);
      expect(await jobs.update([{ id: "c", name: "work", priority: 1 }])).toEqual([{ status: "done" }]);
      await close(end);
      expect((await take(jobs)).map(({ id }) => id)).toEqual(end === "commit" ? ["c"] : []);
    }
  });

  test("are undone and repeated where two transactions with snapshots would not see each other", async () => {
    const jobs = await fresh("families_snapshots");
    await jobs.enqueue([newJob("a"), newJob("b"), child("c", ["a", "b"])]);
    const [a, b] = (await take(jobs)) as [ClaimedJob, ClaimedJob];
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query("begin isolation level repeatable read");
    await other.query("select from families_snapshots.job"); // its snapshot
    await (
      await settleIn("families_snapshots", a, "now", "repeatable read")
    )("commit");
    const settlements = JSON.stringify([{ i: 0, id: "b", token: b.token, type: "complete" }]);
    const late = other.query("select * from families_snapshots.settle_v4(null, $1, false, 'now')", [settlements]);
    await expect(late).rejects.toMatchObject({ code: "40001" });
    await other.end();
    await jobs.settle([{ ...b, outcome: complete }]);
    expect((await take(jobs)).map(({ id }) => id)).toEqual(["c"]);
  });

  test("may come after a job that the code of a transaction enqueued, and one with new data", async () => {
    const jobs = await fresh("families_replaced");
    const unique = { key: "k", on: "replace" } as const;
    await jobs.enqueue([newJob("a", { unique }), child("b", ["a"])]);
    // The data of the parent change, and it is the same job.
    expect(await jobs.enqueue([newJob("a-2", { unique })])).toEqual([{ status: "replaced", id: "a" }]);
    const [a] = (await take(jobs)) as [ClaimedJob];
    expect(await jobs.settle([{ ...a, outcome: complete }])).toEqual([{ status: "accepted", next: [], freed: 1 }]);
    expect((await take(jobs)).map(({ id }) => id)).toEqual(["b"]);
  });

  test("have a row that is written as often for a thousand parents as for two", async () => {
    const jobs = await fresh("families_wide");
    const parents = Array.from({ length: 1_000 }, (_, n) => `p-${n}`);
    await jobs.enqueue([...parents.map((id) => newJob(id, { keepMs: 0 })), child("last", parents)]);
    const written = async () => (await pool.query("select xmin from families_wide.job where id = 'last'")).rows;
    const first = await written();
    for (let n = 1; n < 10; n++) {
      await jobs.settle((await take(jobs, 100)).map((job) => ({ ...job, outcome: complete })));
      expect(await written()).toEqual(first);
    }
    await jobs.settle((await take(jobs, 100)).map((job) => ({ ...job, outcome: complete })));
    const [last] = (await take(jobs)) as [ClaimedJob];
    expect([last.id, await stateOf(jobs, "p-0")]).toEqual(["last", "completed"]);
    await jobs.settle([{ ...last, outcome: complete }]);
    expect([await stateOf(jobs, "p-0"), await left("families_wide")]).toEqual([undefined, 0]);
  });

  test("leave nothing behind when they are pruned, removed or deleted in the table", async () => {
    const jobs = postgres(pool, { schema: "families_bounded", maxDead: 0 });
    await fresh("families_bounded");
    await jobs.enqueue([
      newJob("a"),
      child("b", ["a"]),
      newJob("c"),
      child("d", ["c"]),
      newJob("e"),
      child("f", ["e"]),
    ]);
    const [a, c, e] = (await take(jobs)) as [ClaimedJob, ClaimedJob, ClaimedJob];
    await jobs.settle([a, c].map((job) => ({ ...job, outcome: { type: "dead", failure } })));
    await jobs.remove([{ id: "d" }]);
    expect((await jobs.prune(9)).map(({ id }) => id).sort()).toEqual(["a", "b", "c"]);
    await pool.query("delete from families_bounded.job where id = 'f'");
    await jobs.settle([{ ...e, outcome: complete }]);
    expect(await left("families_bounded")).toBe(0);
  });

  test("start once and after their parents while several processes enqueue, end, cancel and replay, without a deadlock", async () => {
    await fresh("families_contention");
    const { contenders, undone } = openContenders(url, "families_contention", 5);
    const [one, two, ...workers] = contenders.map(({ jobs }) => jobs) as [Postgres, Postgres, ...Postgres[]];
    const ROUNDS = 40;
    const made: string[] = [];
    const ended = new Set<string>();
    const parentsOf = new Map<string, readonly string[]>();
    let enqueuing = true;

    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < ROUNDS; n++) {
        const parents = ["z", "y", "x"].map((key) => `${key}-${from}-${n}`);
        const limits = { key: "k", running: 2 };
        const kids = ["a", "b", "c"].map((key) => child(`${key}-${from}-${n}`, parents, "run"));
        const grandchild = {
          ...child(
            `m-${from}-${n}`,
            kids.map(({ id }) => id),
            "run",
          ),
          limits,
        };
        for (const { id, after } of [...kids, grandchild]) parentsOf.set(id, after?.jobs.map((ref) => ref.id) ?? []);
        await jobs.enqueue([...parents.map((id) => newJob(id, { keepMs: 0 })), ...kids, grandchild]);
        made.push(...parents, ...kids.map(({ id }) => id), grandchild.id);
        const [first, , last] = parents as [string, string, string];
        if (n % 3 === 0) await jobs.cancel([{ id: last }, { id: first }]);
        if (n % 4 === 0) await jobs.replay(made.slice(-14).map((id) => ({ id })));
        // A job that another call has made: what is gone by now is refused.
        if (n % 5 === 0) await jobs.enqueue([child(`late-${from}-${n}`, [made[made.length - 8] ?? "", first], "run")]);
      }
    };
    const work = async (jobs: Postgres, i: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        const last = !enqueuing;
        const taken = await take(jobs, 5);
        if (taken.length === 0 && last) {
          const due = await jobs.dueInMs({ queues: ["default"], schedules: [] });
          if (due === undefined) return;
          // Whoever comes after one that was cancelled while it ran would wait for its lease's end.
          if (due > 0) await jobs.runNow((await jobs.list({ state: "delayed", limit: 99 })).jobs);
        }
        await new Promise(setImmediate);
        const ends: readonly Outcome[] = [complete, complete, { type: "retry", delayMs: 0, failure }];
        const settlements = taken.map((job, n) => ({
          ...job,
          outcome: ends[(turn + i + n) % ends.length] ?? complete,
        }));
        const answers = await jobs.settle(settlements);
        answers.forEach((answer, n) => {
          const { id = "", outcome } = settlements[n] ?? {};
          expect(typeof answer === "object" ? answer.status : answer).toMatch(/^(accepted|cancelled|stale|gone)$/);
          if (outcome?.type === "complete" && (answer === "accepted" || typeof answer === "object")) ended.add(id);
        });
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).then(() => (enqueuing = false));
    await Promise.all([produced, ...workers.map(work)]);
    await Promise.all(contenders.map(({ end }) => end()));
    expect(undone).toEqual([]);
    // Those that were made for parents which others cancelled have run as well.
    expect([...parentsOf.keys()].filter((id) => !ended.has(id))).toEqual([]);
    expect(await left("families_contention")).toBe(0);
  });
});
