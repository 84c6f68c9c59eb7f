import { listenWith, postgres } from "@longshore/postgres";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { Client, Pool } from "pg";
import { PgBoss } from "pg-boss";
import type { Contestant } from "../comparison.ts";
import { SLOTS, bareLoopOver, longshoreOver } from "../longshore.ts";

const CONNECTIONS = 10;

const longshore = (keys?: number): Contestant => ({
  name: "longshore",
  async open(connectionString, ran) {
    const pool = new Pool({ connectionString, max: CONNECTIONS });
    const jobs = postgres(pool, { listen: listenWith(() => new Client({ connectionString })) });
    await jobs.migrate();
    return longshoreOver(jobs, ran, () => pool.end(), { keys });
  },
});

const bareLoop: Contestant = {
  name: "bare loop",
  async open(connectionString, ran) {
    const pool = new Pool({ connectionString, max: CONNECTIONS });
    const jobs = postgres(pool);
    await jobs.migrate();
    return bareLoopOver(jobs, ran, () => pool.end());
  },
};

/**
 * With the settings of its page on performance, and a local queue of as many jobs as there. A key is a named
 * queue, and with keys it has no local queue: that would fetch again only with its next poll.
 */
const graphile = (keys?: number): Contestant => ({
  name: "graphile-worker",
  async open(connectionString, ran) {
    const pgPool = new Pool({ connectionString, max: CONNECTIONS });
    // It asks for both.
    pgPool.on("error", console.error);
    pgPool.on("connect", (client) => client.on("error", console.error));
    const logger = new Logger(() => () => {});
    const utils = await makeWorkerUtils({ pgPool, logger });
    await utils.migrate();
    const named = (n: number) => keys && { queueName: `${n % keys}` };
    const taskList = { task: async (payload: unknown) => ran((payload as { n: number }).n) }; // as enqueued
    return {
      enqueue: (n) => utils.addJob("task", { n }, { ...named(n) }),
      enqueueMany: (all) => utils.addJobs(all.map((n) => ({ identifier: "task", payload: { n }, ...named(n) }))),
      async work() {
        const worker = { localQueue: { size: keys ? -1 : SLOTS }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
        const runner = await run({
          pgPool,
          taskList,
          logger,
          concurrency: 24,
          noHandleSignals: true,
          preset: { worker: { ...worker, pollInterval: 2_000 } },
        });
        return () => runner.stop();
      },
      async close() {
        await utils.release();
        await pgPool.end();
      },
    };
  },
});

/**
 * It is told of new jobs, and fetches again at once after a full batch. A key is a group, and with keys it polls, as often as
 * it can: no batch is full, and nobody tells it that a group is free again.
 */
const pgBoss = (keys?: number): Contestant => ({
  name: "pg-boss",
  async open(connectionString, ran) {
    const settings = { max: CONNECTIONS, schedule: false, supervise: false, useListenNotify: !keys };
    const boss = new PgBoss({ connectionString, ...settings });
    boss.on("error", console.error);
    await boss.start();
    await boss.createQueue("task", { notify: !keys });
    const grouped = (n: number) => keys && { group: { id: `${n % keys}` } };
    return {
      enqueue: (n) => boss.send("task", { n }, { ...grouped(n) }),
      enqueueMany: (all) =>
        boss.insert(
          "task",
          all.map((n) => ({ data: { n }, ...grouped(n) })),
        ),
      async work() {
        const polling = {
          batchSize: SLOTS,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: 0.5,
          ...(keys && { groupConcurrency: 1 }),
        };
        await boss.work<{ n: number }>("task", polling, async (jobs) => {
          await Promise.all(jobs.map(({ data }) => ran(data.n)));
        });
        return () => boss.offWork("task");
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
});

export const contestants: readonly Contestant[] = [longshore(), bareLoop, graphile(), pgBoss()];

/** The same, with one job of each of so many keys at a time. */
export const keyedContestants = (keys: number): readonly Contestant[] => [
  longshore(keys),
  graphile(keys),
  pgBoss(keys),
];
