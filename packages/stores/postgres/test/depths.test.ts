import type { NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { openContenders } from "./contenders.ts";

const url = inject("postgres");
const complete = { type: "complete" } as const;
const bounded = (id: string, maxDepth: number): NewJob => newJob(id, { keepMs: 0, maxDepth });

describe.skipIf(url === undefined)("full queues", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  async function fresh(schema: string, clock?: () => number): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema, clock });
    await jobs.migrate();
    return jobs;
  }
  const take = (jobs: Postgres, limit = 9) => jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 300_000 });
  const statuses = async (jobs: Pick<Postgres, "enqueue">, ...some: readonly NewJob[]) =>
    (await jobs.enqueue(some)).map(({ status }) => status);

  test("have room again when their jobs are deleted in the table, a minute after they were counted", async () => {
    let now = 1_000_000;
    const jobs = await fresh("depths_deleted", () => now);
    expect(await statuses(jobs, bounded("a", 2), bounded("b", 2), bounded("c", 2))).toEqual([
      "created",
      "created",
      "failed",
    ]);
    expect(await statuses(jobs, bounded("c", 2))).toEqual(["failed"]);
    await pool.query("delete from depths_deleted.job");
    now += 61_000;
    expect(await statuses(jobs, bounded("c", 2))).toEqual(["created"]);
    expect((await jobs.depth("default")).jobs).toBe(1);
  });

  test("count the many jobs of a call, also those without a number", async () => {
    const jobs = await fresh("depths_many");
    await jobs.enqueue([bounded("a", 61)]);
    await jobs.enqueue(Array.from({ length: 60 }, (_, i) => newJob(`job-${i}`)));
    expect(await statuses(jobs, bounded("b", 61))).toEqual(["failed"]);
    expect((await jobs.depth("default")).jobs).toBe(61);
  });

  test("count the jobs of a transaction from its commit on, and nobody waits for that", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("depths_within");
      await jobs.enqueue([bounded("a", 2)]);
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query("begin");
      expect(await statuses(jobs.within(client), bounded("b", 2), bounded("c", 2))).toEqual(["created", "failed"]);
      expect((await jobs.depth("default")).jobs).toBe(1);
      await client.query(end);
      await client.end();
      expect(await statuses(jobs, bounded("d", 2))).toEqual([end === "commit" ? "failed" : "created"]);
    }
  });

  test("lose a job that is replaced by one of another queue, which has it from then on", async () => {
    const jobs = await fresh("depths_moved");
    const keyed = (id: string, queue: string, maxDepth: number): NewJob =>
      newJob(id, { queue, maxDepth, unique: { key: "k", on: "replace" } });
    const plain = (id: string, queue: string): NewJob => newJob(id, { queue, maxDepth: 1 });
    await jobs.enqueue([keyed("a", "default", 1), plain("b", "other")]);
    expect(await statuses(jobs, keyed("c", "other", 1), plain("d", "default"), plain("e", "default"))).toEqual([
      "replaced",
      "created",
      "failed",
    ]);
    expect([(await jobs.depth("default")).jobs, (await jobs.depth("other")).jobs]).toEqual([1, 2]);
    await jobs.cancel([{ id: "b" }]);
    expect(await statuses(jobs, plain("f", "other"))).toEqual(["failed"]);
    await jobs.cancel([{ id: "a" }]);
    expect(await statuses(jobs, plain("f", "other"))).toEqual(["created"]);
  });

  test("keep nothing of what was added up, also where only jobs without a number come and go", async () => {
    const jobs = await fresh("depths_summed");
    await jobs.enqueue([bounded("first", 100)]);
    for (let n = 0; n < 10; n++) {
      await jobs.enqueue([newJob(`free-${n}`, { keepMs: 0 })]);
      await jobs.settle((await take(jobs)).map((job) => ({ ...job, outcome: complete })));
    }
    expect((await jobs.depth("default")).jobs).toBe(0);
    await jobs.prune(10);
    expect((await pool.query("select from depths_summed.depth_change")).rows.length).toBe(0);
    expect((await jobs.depth("default")).jobs).toBe(0);
  });

  test("never have more than they allow while several processes enqueue, run and cancel, without a deadlock", async () => {
    await fresh("depths_contention");
    const { contenders, undone } = openContenders(url, "depths_contention", 5);
    const [one, two, operator, ...workers] = contenders.map(({ jobs }) => jobs) as [
      Postgres,
      Postgres,
      Postgres,
      ...Postgres[],
    ];
    // Producers bring more than workers and the operator take away, so that the queues become full.
    const MOST = 8;
    let enqueuing = true;
    let made = 0;
    let refused = 0;
    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        const queues = from === "one" ? ["default", "mail"] : ["mail", "default"];
        const some = queues.flatMap((queue) =>
          [1, 2, 3].map((i) =>
            newJob(`${from}-${queue}-${n}-${i}`, {
              queue,
              keepMs: 0,
              maxDepth: MOST,
              ...(i === 1 && { unique: { key: `${queue}-${i}`, on: "replace" as const } }),
            }),
          ),
        );
        for (const answer of await jobs.enqueue(some)) {
          if (answer.status === "failed") refused++;
          else made++;
        }
      }
    };
    const work = async (jobs: Postgres): Promise<void> => {
      while (enqueuing) {
        const taken = await jobs.claim({
          queues: ["default", "mail"].map((name) => ({ name, limit: 1 })),
          leaseMs: 300_000,
        });
        await jobs.settle(taken.map((job) => ({ ...job, outcome: complete })));
      }
    };
    const operate = async (jobs: Postgres): Promise<void> => {
      while (enqueuing) {
        const { rows } = await pool.query(
          "select queue, count(*)::int4 as n, (array_agg(id))[:2] as ids from depths_contention.job where ended is null or ended = 'blocked' group by queue",
        );
        for (const { n } of rows) expect(n).toBeLessThanOrEqual(MOST);
        await jobs.cancel(rows.flatMap(({ ids }: { ids: string[] }) => ids.map((id) => ({ id }))));
        await jobs.prune(10);
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).finally(() => (enqueuing = false));
    await Promise.all([produced, operate(operator), ...workers.map(work)]);
    const { rows } = await pool.query(
      "select queue, count(*)::int4 as n from depths_contention.job where ended is null or ended = 'blocked' group by queue",
    );
    for (const queue of ["default", "mail"]) {
      const left = rows.find((row) => row.queue === queue)?.n ?? 0;
      expect([queue, (await one.depth(queue)).jobs]).toEqual([queue, left]);
    }
    await Promise.all(contenders.map(({ end }) => end()));
    expect(undone).toEqual([]);
    expect([made > 100, refused > 0]).toEqual([true, true]);
  });
});
