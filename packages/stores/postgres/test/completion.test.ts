import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { postgres } from "../src/index.ts";
import { transactOver } from "./pool.ts";

const url = inject("postgres");
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const task = defineJob("task", { input: z.object({}), keep: "1h" });

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe.skipIf(url === undefined)("while the transaction is open that completes a job", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  /** Runs two jobs at once, `completed` in an open transaction and `other` until it is told to stop. */
  async function running(schema: string) {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema });
    await jobs.migrate();
    const [locked, commit] = [gate(), gate()];
    const handler = handle(task, async (_input, context) => {
      // Ends never.
      if (context.id === "other") await new Promise(() => {});
      await transactOver(pool, async (client) => {
        await jobs.within(client).complete(context);
        locked.open();
        await commit.opened;
      });
    });
    const queue = createQueue(jobs);
    for (const id of ["completed", "other"]) await queue.enqueue(task, {}, { id });
    const worker = createWorker(jobs, { handlers: [handler], log: silent });
    worker.start();
    await locked.opened;
    return { jobs, queue, worker, commit };
  }
  const states = async (queue: { get(id: string): Promise<{ readonly state: string } | undefined> }) =>
    Promise.all(["completed", "other"].map(async (id) => (await queue.get(id))?.state));

  test("a worker that stops gives its other jobs back at once", async () => {
    const { queue, worker, commit } = await running("completion_stop");
    const stopped = worker.stop({ grace: 0 });
    while ((await states(queue))[1] !== "enqueued");
    expect(await states(queue)).toEqual(["active", "enqueued"]);
    commit.open();
    await stopped;
    while ((await states(queue))[0] !== "completed");
  });

  test("a cancel waits for its end, and is refused", async () => {
    const { jobs, queue, worker, commit } = await running("completion_cancel");
    const cancelled = queue.cancel("completed");
    const waits = async (): Promise<boolean> =>
      (await pool.query("select from pg_stat_activity where wait_event = 'transactionid' and query like '%operate%'"))
        .rows.length > 0;
    while (!(await waits()));
    commit.open();
    expect(await cancelled).toEqual({ status: "refused", state: "completed" });
    await worker.stop({ grace: 0 });
    await jobs.close();
  });

  test("renewals of a worker's other leases do not wait for it", async () => {
    const { jobs, worker, commit } = await running("completion_renew");
    const { rows } = await pool.query("select id, token from completion_renew.job order by id");
    const leases = rows.map(({ id, token }) => ({ id, token: Number(token) }));
    expect(await jobs.renew(leases, 30_000)).toEqual(["held", "held"]);
    commit.open();
    await worker.stop({ grace: 0 });
  });
});
