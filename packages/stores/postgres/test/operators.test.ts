import type { Limits, NewJob, Outcome, Unique } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { openContenders } from "./contenders.ts";

const url = inject("postgres");
const KEYS = ["a", "b", "c", "d", "e", "f"];

test.skipIf(url === undefined)(
  "operators change the jobs of many keys in one call, and free the keys, while others enqueue and run, without a deadlock",
  async () => {
    const pool = new Pool({ connectionString: url, max: 1 });
    await pool.query("drop schema if exists operators_contention cascade");
    await postgres(pool, { schema: "operators_contention" }).migrate();
    const { contenders, undone } = openContenders(url, "operators_contention", 6);
    const [one, two, operator, keeper, ...workers] = contenders.map(({ jobs }) => jobs) as [
      Postgres,
      Postgres,
      Postgres,
      Postgres,
      ...Postgres[],
    ];
    const made: string[] = [];
    let enqueuing = true;

    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        // Ids and keys in orders that have nothing to do with each other, and the two in opposite ones.
        const keys = from === "one" ? KEYS : [...KEYS].reverse();
        const unique = (key: string): Unique => ({ key, on: n % 2 === 0 ? "replace" : "keep" });
        const some = keys.map((key, k) => newJob(`${(k * 5 + n) % 6}-${from}-${n}`, { unique: unique(key) }));
        made.push(...some.map(({ id }) => id));
        await jobs.enqueue(some);
      }
    };
    const operate = async (jobs: Postgres): Promise<void> => {
      const verbs = ["cancel", "replay", "remove"] as const;
      for (let n = 0; enqueuing; n++) {
        const refs = made.slice(-24).map((id) => ({ id }));
        for (const answer of await jobs[verbs[n % 3] ?? "cancel"](refs)) {
          expect(answer.status).toMatch(/^(done|refused|gone)$/);
        }
      }
    };
    const free = async (jobs: Postgres): Promise<void> => {
      for (let n = 0; enqueuing; n++) {
        const keys = n % 2 === 0 ? KEYS : [...KEYS].reverse();
        await jobs.release(keys.map((key) => ({ key })));
      }
    };
    const work = async (jobs: Postgres): Promise<void> => {
      for (let n = 0; enqueuing; n++) {
        const taken = await jobs.claim({ queues: [{ name: "default", limit: 5 }], leaseMs: 300_000 });
        const failure = { message: "it broke" };
        const ends: readonly Outcome[] = [{ type: "complete" }, { type: "retry", delayMs: 0, failure }];
        await jobs.settle(taken.map((job, i) => ({ ...job, outcome: ends[(n + i) % 2] ?? { type: "dead", failure } })));
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).finally(() => (enqueuing = false));
    await Promise.all([produced, operate(operator), free(keeper), ...workers.map(work)]);
    await Promise.all(contenders.map(({ end }) => end()));
    await pool.end();
    expect(undone).toEqual([]);
  },
);

describe.skipIf(url === undefined)("operators who change many jobs", () => {
  const pool = new Pool({ connectionString: url, max: 1 });
  afterAll(() => pool.end());
  const refs = Array.from({ length: 64 }, (_, n) => ({ id: `job-${99 - n}` }));
  const sent: string[] = [];
  async function fresh(schema: string): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres((text, parameters) => (sent.push(text), pool.query(text, parameters)), { schema });
    await jobs.migrate();
    return jobs;
  }
  const take = (jobs: Postgres, limit: number) =>
    jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 300_000 });

  const kinds: readonly Partial<Limits>[] = [{}, { ordered: true }, { rate: { everyMs: 60_000, burst: 2 } }];
  test.each(kinds.map((more) => ({ more })))(
    "with keys and limits send one statement, and what is replayed starts in the order of the call: $more",
    async ({ more }) => {
      const jobs = await fresh("operators_many");
      const limits = (n: number): Limits => ({ key: `${n % 3}`, running: 1, ...more });
      await jobs.enqueue(refs.map(({ id }, n) => newJob(id, { unique: { key: id, on: "keep" }, limits: limits(n) })));
      const all = async (verb: "cancel" | "replay" | "remove", some = refs): Promise<void> => {
        sent.length = 0;
        expect(await jobs[verb](some)).toEqual(refs.map(() => ({ status: "done" })));
        expect(sent.length).toBe(1);
      };
      await all("cancel");
      const inOrder = refs.toReversed();
      await all("replay", inOrder);
      expect((await take(jobs, 9)).map(({ id }) => id)).toEqual(inOrder.slice(0, 3).map(({ id }) => id));
      await all("cancel");
      await all("remove");
    },
  );

  test.each(["behind", "holder"])(
    "of which one waits behind another's key send few statements: the one that is %s goes alone, with nine parts of the others",
    async (named) => {
      const jobs = await fresh("operators_behind");
      const unique = { key: "k", on: "replace" } as const;
      await jobs.enqueue([newJob("holder", { unique })]);
      await take(jobs, 1);
      const some = refs.with(30, { id: named });
      await jobs.enqueue([
        newJob("behind", { unique }),
        ...refs.map(({ id }) => newJob(id, { unique: { ...unique, key: id } })),
      ]);
      sent.length = 0;
      expect(await jobs.cancel(some)).toEqual(refs.map(() => ({ status: "done" })));
      expect(sent.length).toBe(1 + 10 + 7);
    },
  );

  test("of which all wait behind keys send one statement for each", async () => {
    const jobs = await fresh("operators_all_behind");
    const job = (id: string, key: string): NewJob => newJob(id, { unique: { key, on: "replace" } });
    await jobs.enqueue([job("a", "one"), job("b", "two")]);
    await take(jobs, 2);
    await jobs.enqueue([job("c", "one"), job("d", "two")]);
    sent.length = 0;
    expect(await jobs.cancel([{ id: "c" }, { id: "d" }])).toEqual([{ status: "done" }, { status: "done" }]);
    expect(sent.length).toBe(1 + 2);
  });
});
