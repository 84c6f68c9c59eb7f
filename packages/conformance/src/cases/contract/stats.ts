import {
  type NameStats,
  type QueueStats,
  type StatsWindow,
  type StoreStats,
  schedulePartition,
} from "@longshore/core/adapter";
import { type StatsReport, readStats } from "@longshore/core/stats";
import type { AdapterWith } from "../../adapter-with.ts";
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

type Counting = { readonly adapter: AdapterWith<"Stats"> };

/** What the store has counted, in all of its parts together. */
function read(harness: Counting, window: StatsWindow = "hour"): Promise<StatsReport> {
  return readStats(harness.adapter, { window });
}

async function countsOf(harness: Counting, queue: string, window: StatsWindow = "hour"): Promise<readonly number[]> {
  const { queues } = await read(harness, window);
  const counts = queues.find((one) => one.queue === queue);
  return [counts?.enqueued ?? 0, counts?.completed ?? 0, counts?.failed ?? 0, counts?.dead ?? 0];
}

const COUNTS = "jobs enqueued, attempts completed and failed, jobs dead";

export const statsCases: readonly Case[] = [
  defineCase({
    name: "statistics count by queue the jobs created, the attempts completed and failed, and the jobs dead",
    needs: ["Pull", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a", "b", "c"]);
      await enqueue(harness, ["d"], { queue: "other" });
      expectEqual(await countsOf(harness, "default"), [3, 0, 0, 0], `${COUNTS} at first`);
      const [first, second, third] = await claim(harness, 3);
      if (first === undefined || second === undefined || third === undefined) throw new Error("three were enqueued");
      await settle(harness, first);
      await settle(harness, second, retry(MINUTE));
      await settle(harness, third, dead());
      expectEqual(await countsOf(harness, "default"), [3, 1, 1, 1], `${COUNTS} in the end`);
      expectEqual(await countsOf(harness, "other"), [1, 0, 0, 0], `${COUNTS} in the other queue`);
    },
  }),

  defineCase({
    name: "a duplicate, a repeated settlement and a stale one are not counted",
    needs: ["Pull", "unique", "fenced", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await enqueue(harness, ["a"]);
      const lost = await claimOne(harness, "a");
      await harness.pass(HOUR);
      const job = await claimOne(harness, "a");
      await settle(harness, lost);
      await settle(harness, job);
      await settle(harness, job);
      expectEqual(await countsOf(harness, "default", "day"), [1, 1, 0, 0], COUNTS);
    },
  }),

  defineCase({
    name: "a snoozed attempt is not counted",
    needs: ["Pull", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await settle(harness, await claimOne(harness, "a"), snooze());
      expectEqual(await countsOf(harness, "default"), [1, 0, 0, 0], COUNTS);
      expectEqual((await read(harness)).names.length, 0, "names of which there are times");
    },
  }),

  defineCase({
    name: "jobs that come with a settlement or an occurrence are counted like the others",
    needs: ["Pull", "Schedules", "Stats"],
    async run(harness) {
      await harness.adapter.enqueue([newJob("a", { partition: "p" })]);
      const job = await claimOne(harness, "a");
      const next = [newJob("b", { partition: "p" })];
      await harness.adapter.settle([{ ...leaseOf(job), outcome: { type: "complete" }, next }]);
      const report = { name: "report", rule: "every 1h" };
      const { rows } = await harness.adapter.declare([report]);
      const from = rows[0]?.cursor ?? 0;
      const step = { ...report, from, to: from + 1 };
      const occurrence = (id: string) => newJob(id, { partition: schedulePartition("report") });
      await harness.adapter.advance([{ ...step, job: occurrence("c") }]);
      await harness.adapter.advance([{ ...step, job: occurrence("d") }]);
      expectEqual(await countsOf(harness, "default"), [3, 1, 0, 0], COUNTS);
    },
  }),

  defineCase({
    name: "statistics measure by job name the time from due to claim and from claim to settlement",
    needs: ["Pull", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a"], { name: "mail", due: { inMs: MINUTE } });
      await harness.pass(MINUTE + 2 * SECOND);
      const job = await claimOne(harness, "a");
      await harness.pass(4 * SECOND);
      await settle(harness, job, retry(0));
      await harness.pass(8 * SECOND);
      const again = await claimOne(harness, "a");
      await harness.pass(16 * SECOND);
      await settle(harness, again);
      const { names } = await read(harness);
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
    name: "a window counts nothing that is older, and says how much time it covers",
    needs: ["Pull", "Stats"],
    async run(harness) {
      const started = harness.now();
      await enqueue(harness, ["a"]);
      await harness.pass(30 * SECOND);
      for (const window of ["minute", "hour", "day"] as const) {
        const { coversMs } = await read(harness, window);
        expectEqual(coversMs, harness.now() - started, `the time that the ${window} covers at first`);
      }
      await harness.pass(MINUTE);
      expectEqual((await countsOf(harness, "default", "minute"))[0], 0, "jobs enqueued within the last minute");
      expectEqual((await countsOf(harness, "default", "hour"))[0], 1, "jobs enqueued within the last hour");
      await harness.pass(HOUR);
      expectEqual((await countsOf(harness, "default", "hour"))[0], 0, "jobs enqueued within the hour after");
      expectEqual((await countsOf(harness, "default", "day"))[0], 1, "jobs enqueued within the day");
      const { coversMs } = await read(harness, "minute");
      expect(coversMs >= 50 * SECOND && coversMs <= MINUTE, `the minute covers ${coversMs} ms`);
      await harness.pass(24 * HOUR);
      expectEqual((await countsOf(harness, "default", "day"))[0], 0, "jobs enqueued within the day after");
    },
  }),

  defineCase({
    name: "the parts of a window tell when jobs were enqueued, and how their attempts ended",
    needs: ["Pull", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a", "b"]);
      await settle(harness, await claimOne(harness, "a"));
      await harness.pass(20 * SECOND);
      await enqueue(harness, ["c"]);
      const { series } = await read(harness, "minute");
      const told = series.map(({ enqueued, completed, ran }) => [enqueued, completed, ran.count]);
      expectEqual(
        told.slice(-3),
        [
          [2, 1, 1],
          [0, 0, 0],
          [1, 0, 0],
        ],
        "jobs enqueued and attempts completed, by part",
      );
      expectEqual(series.length, 6, "how many parts a minute has");
      const began = series.at(-1)?.from ?? 0;
      expect(began <= harness.now() && harness.now() - began < 10 * SECOND, `the current part began at ${began}`);
    },
  }),

  defineCase({
    name: "statistics tell for each queue how long ago its oldest job became due that a claim would find",
    needs: ["Pull", "Stats"],
    async run(harness) {
      const oldest = async (queue: string) => (await read(harness)).queues.find((one) => one.queue === queue)?.oldestMs;
      await enqueue(harness, ["a"]);
      await harness.pass(SECOND);
      await enqueue(harness, ["b"]);
      await enqueue(harness, ["c"], { queue: "other", due: { inMs: SECOND } });
      await harness.pass(SECOND);
      expectEqual(await oldest("default"), 2 * SECOND, "the age of the oldest");
      expectEqual(await oldest("other"), 0, "the age of one that is due just now");
      const [job] = await claim(harness, 2);
      expectEqual(await oldest("default"), undefined, "the age where all are claimed");
      if (job !== undefined) await settle(harness, job, retry(SECOND));
      await harness.pass(3 * SECOND);
      expectEqual(await oldest("default"), 2 * SECOND, "the age of a retry");
    },
  }),

  defineCase({
    name: "the first fifty queues have statistics of their own, and all others share one entry",
    fault: "F142",
    needs: ["Stats"],
    async run(harness) {
      const jobs = Array.from({ length: 60 }, (_, i) => newJob(`job-${i}`, { partition: "p", queue: `queue-${i}` }));
      await harness.adapter.enqueue(jobs);
      const parts = await harness.adapter.stats("hour");
      expectEqual(Math.max(...parts.map(({ queues }) => queues.length)), 51, "how many have figures");
      const { queues } = await read(harness);
      const enqueued = queues.reduce((sum, one) => sum + one.enqueued, 0);
      expectEqual(enqueued, 60, "how many jobs they have");
      const others = queues.some(({ queue }) => queue === "(others)");
      expect(others, "the rest should be called (others)");
    },
  }),

  defineCase({
    name: "statistics are plain JSON",
    needs: ["Pull", "Stats"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await settle(harness, await claimOne(harness, "a"));
      const parts = await harness.adapter.stats("day");
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
