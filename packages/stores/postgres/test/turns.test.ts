import type { ClaimedJob, Limits, NewJob, Outcome } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { openContenders } from "./contenders.ts";

const url = inject("postgres");
const IN_ORDER: Limits = { key: "k", running: 1, ordered: true };
const complete = { type: "complete" } as const;
const failure = { message: "it broke" };
const ids = (jobs: readonly ClaimedJob[]): readonly string[] => jobs.map(({ id }) => id);

describe.skipIf(url === undefined)("orders and rates", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  async function fresh(schema: string, clock?: () => number): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema, clock });
    await jobs.migrate();
    return jobs;
  }
  const take = (jobs: Postgres, limit = 9) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 300_000 });

  test("a job in order that gets new data in a transaction loses its turn when that commits", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("turns_within");
      const unique = { key: "u", on: "replace" } as const;
      await jobs.enqueue([newJob("first", { limits: IN_ORDER, unique }), newJob("second", { limits: IN_ORDER })]);
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query("begin");
      const later = newJob("data", { limits: IN_ORDER, unique, due: { inMs: 3_600_000 } });
      expect(await jobs.within(client).enqueue([later])).toEqual([{ status: "replaced", id: "first" }]);
      // The first is locked, and holds up the second until then.
      expect(await take(jobs)).toEqual([]);
      await client.query(end);
      await client.end();
      expect(ids(await take(jobs))).toEqual(end === "commit" ? ["second"] : ["first"]);
    }
  });

  test("a job in order that somebody deletes in the table holds up none", async () => {
    const jobs = await fresh("turns_deleted");
    await jobs.enqueue(["a", "b", "c"].map((id) => newJob(id, { limits: IN_ORDER })));
    const [a] = (await take(jobs)) as [ClaimedJob];
    await jobs.settle([{ ...a, outcome: { type: "retry", delayMs: 3_600_000, failure } }]);
    await pool.query("delete from turns_deleted.job where id = 'a'");
    // Whatever happens to its key next.
    await jobs.enqueue([
      newJob("a", { limits: IN_ORDER, due: { inMs: 3_600_000 } }),
      newJob("d", { limits: IN_ORDER }),
    ]);
    expect(ids(await take(jobs))).toEqual(["b"]);
  });

  test("what is kept of a rate is gone when it says nothing any more, and others' starts remove it", async () => {
    let now = 1_000_000;
    const jobs = await fresh("turns_swept", () => now);
    const rated = (key: string): NewJob =>
      newJob(key, { keepMs: 0, limits: { key, rate: { everyMs: 1_000, burst: 1 } } });
    await jobs.enqueue(["a", "b", "c"].map(rated));
    await jobs.settle((await take(jobs)).map((job) => ({ ...job, outcome: complete })));
    const kept = async () => (await pool.query("select key from turns_swept.rate order by key")).rows;
    expect((await kept()).length).toBe(3);
    now += 1_000;
    await jobs.enqueue([rated("d"), rated("e")]);
    await jobs.settle((await take(jobs)).map((job) => ({ ...job, outcome: complete })));
    expect(await kept()).toEqual([{ key: "d" }, { key: "e" }]);
    for (const table of ["lane", "parked", "lane_change"])
      expect([table, (await pool.query(`select from turns_swept.${table}`)).rows.length]).toEqual([table, 0]);
  });

  test("a clock that is set back holds up no key with a rate", async () => {
    let now = 10_000_000;
    const jobs = await fresh("turns_clock", () => now);
    const limits = { key: "k", rate: { everyMs: 1_000, burst: 1 } };
    await jobs.enqueue([newJob("a", { limits })]);
    await take(jobs);
    now -= 3_600_000;
    await jobs.enqueue(["b", "c"].map((id) => newJob(id, { limits })));
    expect(ids(await take(jobs))).toEqual(["b"]);
    now += 1_000;
    expect(ids(await take(jobs))).toEqual(["c"]);
  });

  test("hold while several processes enqueue, replace, cancel and run, without a deadlock, and no job is left", async () => {
    await fresh("turns_contention");
    const { contenders, undone } = openContenders(url, "turns_contention", 5);
    const [one, two, ...workers] = contenders.map(({ jobs }) => jobs) as [Postgres, Postgres, ...Postgres[]];
    const KEYS = ["a", "b", "c"];
    const EVERY_MS = 4;
    const made: string[] = [];
    const ended = new Set<string>();
    /** By key of an order, the job that has begun and not ended. */
    const turn = new Map<string, string>();
    let enqueuing = true;

    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < 40; n++) {
        const keys = from === "one" ? KEYS : [...KEYS].reverse();
        const some = keys.flatMap((key): readonly NewJob[] => [
          newJob(`${from}-order-${key}-${n}`, { payload: key, limits: { key, running: 1, ordered: true } }),
          // New data and a cancellation end a turn before this process hears of it, so nobody checks these.
          newJob(`${from}-lost-${key}-${n}`, {
            limits: { key: `l${key}`, running: 1, ordered: true },
            unique: { key: `${from}-${key}`, on: "replace" },
          }),
          newJob(`${from}-rate-${key}-${n}`, {
            keepMs: 3_600_000,
            limits: { key: `r${key}`, rate: { everyMs: EVERY_MS, burst: 1 } },
          }),
        ]);
        const answers = await jobs.enqueue(some);
        some.forEach(({ id }, i) => answers[i]?.status === "created" && made.push(id));
        const refs = some.slice(0, 6).map(({ id }) => ({ id, name: "work", priority: n % 2 === 0 ? 1 : 9 }));
        if (n % 5 === 0) await jobs.update(refs.toReversed());
        const lost = refs.filter(({ id }) => id.includes("lost"));
        if (n % 7 === 0) {
          const cancelled = await jobs.cancel(lost.toReversed());
          lost.toReversed().forEach(({ id }, i) => cancelled[i]?.status === "done" && ended.add(id));
        }
      }
    };
    const work = async (jobs: Postgres, i: number): Promise<void> => {
      for (let round = 0; ; round++) {
        const taken = await take(jobs, 4);
        if (taken.length === 0) {
          const due = await jobs.dueInMs({ queues: ["default"], schedules: [] });
          if (!enqueuing && due === undefined) return;
        }
        for (const { id, payload } of taken) {
          if (!id.includes("order")) continue;
          expect([turn.get(payload), id]).toEqual([turn.get(payload) === undefined ? undefined : id, id]);
          turn.set(payload, id);
        }
        await new Promise(setImmediate);
        const ends: readonly Outcome[] = [
          complete,
          { type: "retry", delayMs: 3, failure },
          complete,
          { type: "snooze", delayMs: 0 },
        ];
        const settlements = taken.map((job, n) => ({
          ...job,
          outcome: ends[(round + i + n) % ends.length] ?? complete,
        }));
        // Whoever follows may begin before this process hears of the end.
        for (const { id, payload, outcome } of settlements)
          if (outcome.type === "complete" && turn.get(payload) === id) turn.delete(payload);
        const answers = await jobs.settle(settlements);
        answers.forEach((answer, n) => {
          expect(answer).toMatch(/^(accepted|cancelled|stale)$/);
          const { id = "", outcome } = settlements[n] ?? {};
          if (answer === "accepted" && outcome?.type === "complete") ended.add(id);
        });
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).finally(() => (enqueuing = false));
    await Promise.all([produced, ...workers.map(work)]);
    await Promise.all(contenders.map(({ end }) => end()));
    expect(undone).toEqual([]);
    expect(made.filter((id) => !ended.has(id))).toEqual([]);
    const { rows } = await pool.query(
      "select about, claimed from turns_contention.job where ended = 'completed' and attempt = 1 and id like '%-rate-%' order by about, claimed",
    );
    const gaps = rows.flatMap(({ about, claimed }, i) =>
      rows[i - 1]?.about === about ? [claimed - rows[i - 1].claimed] : [],
    );
    expect([gaps.length > 20, Math.min(...gaps) >= EVERY_MS]).toEqual([true, true]);
  });
});
