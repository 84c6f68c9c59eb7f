import {
  type NameStats,
  type QueueStats,
  type StatsWindow,
  type StoreStats,
  schedulePartition,
} from "@longshore/core/adapter";
import { type StatsReport, readStats } from "@longshore/core/stats";
import type { Asked } from "../../asked.ts";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SECOND,
  claim,
  claimOne,
  dead,
  enqueue,
  leaseOf,
  newJob,
  retry,
  settle,
  snooze,
} from "../../jobs.ts";

type Counting = { readonly adapter: Asked<"Stats"> };

/** What the store has counted, in all of its parts together. */
function read(kit: Counting, window: StatsWindow = "hour"): Promise<StatsReport> {
  return readStats(kit.adapter, { window });
}

async function countsOf(kit: Counting, queue: string, window: StatsWindow = "hour"): Promise<readonly number[]> {
  const { queues } = await read(kit, window);
  const counts = queues.find((one) => one.queue === queue);
  return [counts?.enqueued ?? 0, counts?.completed ?? 0, counts?.failed ?? 0, counts?.dead ?? 0];
}

const COUNTS = "jobs enqueued, attempts completed and failed, jobs dead";

export const statsCases: readonly Case[] = [
  defineCase({
    name: "what passes through is counted by queue: jobs created, attempts that ended well or failed, jobs that died",
    needs: ["Pull", "Stats"],
    async run(kit) {
      await enqueue(kit, ["a", "b", "c"]);
      await enqueue(kit, ["d"], { queue: "other" });
      expectEqual(await countsOf(kit, "default"), [3, 0, 0, 0], `${COUNTS} at first`);
      const [first, second, third] = await claim(kit, 3);
      if (first === undefined || second === undefined || third === undefined) throw new Error("three were enqueued");
      await settle(kit, first);
      await settle(kit, second, retry(MINUTE));
      await settle(kit, third, dead());
      expectEqual(await countsOf(kit, "default"), [3, 1, 1, 1], `${COUNTS} in the end`);
      expectEqual(await countsOf(kit, "other"), [1, 0, 0, 0], `${COUNTS} in the other queue`);
    },
  }),

  defineCase({
    name: "a duplicate, a repeated settlement and a stale one are not counted",
    needs: ["Pull", "unique", "fenced", "Stats"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await enqueue(kit, ["a"]);
      const lost = await claimOne(kit, "a");
      await kit.pass(HOUR);
      const job = await claimOne(kit, "a");
      await settle(kit, lost);
      await settle(kit, job);
      await settle(kit, job);
      expectEqual(await countsOf(kit, "default", "day"), [1, 1, 0, 0], COUNTS);
    },
  }),

  defineCase({
    name: "a snoozed attempt is not counted",
    needs: ["Pull", "Stats"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await settle(kit, await claimOne(kit, "a"), snooze());
      expectEqual(await countsOf(kit, "default"), [1, 0, 0, 0], COUNTS);
      expectEqual((await read(kit)).names.length, 0, "names of which there are times");
    },
  }),

  defineCase({
    name: "jobs that come with a settlement or an occurrence are counted like the others",
    needs: ["Pull", "Schedules", "Stats"],
    async run(kit) {
      await kit.adapter.enqueue([newJob("a", { partition: "p" })]);
      const job = await claimOne(kit, "a");
      const next = [newJob("b", { partition: "p" })];
      await kit.adapter.settle([{ ...leaseOf(job), outcome: { type: "complete" }, next }]);
      const report = { name: "report", rule: "every 1h" };
      const { rows } = await kit.adapter.declare([report]);
      const from = rows[0]?.cursor ?? 0;
      const step = { ...report, from, to: from + 1 };
      const occurrence = (id: string) => newJob(id, { partition: schedulePartition("report") });
      await kit.adapter.advance([{ ...step, job: occurrence("c") }]);
      await kit.adapter.advance([{ ...step, job: occurrence("d") }]);
      expectEqual(await countsOf(kit, "default"), [3, 1, 0, 0], COUNTS);
    },
  }),

  defineCase({
    name: "the times of a job name are those from due to claim and from claim to settlement",
    needs: ["Pull", "Stats"],
    async run(kit) {
      await enqueue(kit, ["a"], { name: "mail", due: { inMs: MINUTE } });
      await kit.pass(MINUTE + 2 * SECOND);
      const job = await claimOne(kit, "a");
      await kit.pass(4 * SECOND);
      await settle(kit, job, retry(0));
      await kit.pass(8 * SECOND);
      const again = await claimOne(kit, "a");
      await kit.pass(16 * SECOND);
      await settle(kit, again);
      const { names } = await read(kit);
      expectEqual(
        names.map(({ name }) => name),
        ["mail"],
        "names",
      );
      const [mail] = names;
      expectEqual([mail?.waited.count, mail?.ran.count, mail?.attempts.count], [2, 2, 1], "how many of each");
      near(mail?.waited.p50, 2 * SECOND, "the shorter wait");
      near(mail?.waited.p99, 8 * SECOND, "the longer wait");
      near(mail?.ran.p50, 4 * SECOND, "the shorter run");
      near(mail?.ran.p99, 16 * SECOND, "the longer run");
      expectEqual(Math.round(mail?.attempts.p99 ?? 0), 2, "attempts until success");
    },
  }),

  defineCase({
    name: "a window forgets what is older, and says how much time it covers",
    needs: ["Pull", "Stats"],
    async run(kit) {
      const started = kit.now();
      await enqueue(kit, ["a"]);
      await kit.pass(30 * SECOND);
      for (const window of ["minute", "hour", "day"] as const) {
        const { coversMs } = await read(kit, window);
        expectEqual(coversMs, kit.now() - started, `the time that the ${window} covers at first`);
      }
      await kit.pass(MINUTE);
      expectEqual((await countsOf(kit, "default", "minute"))[0], 0, "jobs enqueued within the last minute");
      expectEqual((await countsOf(kit, "default", "hour"))[0], 1, "jobs enqueued within the last hour");
      await kit.pass(HOUR);
      expectEqual((await countsOf(kit, "default", "hour"))[0], 0, "jobs enqueued within the hour after");
      expectEqual((await countsOf(kit, "default", "day"))[0], 1, "jobs enqueued within the day");
      const { coversMs } = await read(kit, "minute");
      expect(coversMs >= 50 * SECOND && coversMs <= MINUTE, `the minute covers ${coversMs} ms`);
      await kit.pass(24 * HOUR);
      expectEqual((await countsOf(kit, "default", "day"))[0], 0, "jobs enqueued within the day after");
    },
  }),

  defineCase({
    name: "the oldest job of each queue that a claim would find is told by how long ago it became due",
    needs: ["Pull", "Stats"],
    async run(kit) {
      const oldest = async (queue: string) => (await read(kit)).queues.find((one) => one.queue === queue)?.oldestMs;
      await enqueue(kit, ["a"]);
      await kit.pass(SECOND);
      await enqueue(kit, ["b"]);
      await enqueue(kit, ["c"], { queue: "other", due: { inMs: SECOND } });
      await kit.pass(SECOND);
      expectEqual(await oldest("default"), 2 * SECOND, "the age of the oldest");
      expectEqual(await oldest("other"), 0, "the age of one that is due just now");
      const [job] = await claim(kit, 2);
      expectEqual(await oldest("default"), undefined, "the age where all are claimed");
      if (job !== undefined) await settle(kit, job, retry(SECOND));
      await kit.pass(3 * SECOND);
      expectEqual(await oldest("default"), 2 * SECOND, "the age of a retry");
    },
  }),

  defineCase({
    name: "sixty queues have figures, and whatever comes after the fiftieth shares some",
    fault: "F142",
    needs: ["Stats"],
    async run(kit) {
      const jobs = Array.from({ length: 60 }, (_, i) => newJob(`job-${i}`, { partition: "p", queue: `queue-${i}` }));
      await kit.adapter.enqueue(jobs);
      const parts = await kit.adapter.stats("hour");
      expectEqual(Math.max(...parts.map(({ queues }) => queues.length)), 51, "how many have figures");
      const { queues } = await read(kit);
      const enqueued = queues.reduce((sum, one) => sum + one.enqueued, 0);
      expectEqual(enqueued, 60, "how many jobs they have");
      const others = queues.some(({ queue }) => queue === "(others)");
      expect(others, "the rest should be called (others)");
    },
  }),

  defineCase({
    name: "statistics are plain JSON of counts",
    needs: ["Pull", "Stats"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await settle(kit, await claimOne(kit, "a"));
      const parts = await kit.adapter.stats("day");
      expectEqual(JSON.parse(JSON.stringify(parts)), parts, "what was answered, as JSON");
      for (const part of parts) checkTypes(part);
    },
  }),
];

function checkTypes({ coversMs, queues, names, oldest }: StoreStats): void {
  const numbers = [
    coversMs,
    ...queues.flatMap(({ enqueued, completed, failed, dead }: QueueStats) => [enqueued, completed, failed, dead]),
    ...names.flatMap(({ waited, ran, attempts }: NameStats) => [...waited, ...ran, ...attempts]),
    ...oldest.map(({ waitedMs }) => waitedMs),
  ];
  const wrong = numbers.filter((number) => !Number.isSafeInteger(number) || number < -1);
  expectEqual(wrong, [], "what is no whole number");
}

/** Within the error of a sketch plus a millisecond. */
function near(got: number | undefined, wanted: number, what: string): void {
  expect(got !== undefined && Math.abs(got - wanted) <= 0.02 * wanted + 1, `${what} should be ${wanted}, is ${got}`);
}
