import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { MINUTE, SAME_PARTITION, SECOND, claim, claimNew, enqueue, ids, newJob, settle } from "../../jobs.ts";

type Ageing = Harness<"Pull" | "ordered" | "ageing">;
const NEEDS = ["Pull", "ordered", "ageing"] as const;

/** The ids that a claim gets with a level of priority for each minute. */
async function aged({ adapter }: Ageing, limit: number, queues: readonly string[] = ["default"]): Promise<string[]> {
  const { leaseMs } = adapter.traits;
  const wanted = queues.map((name) => ({ name, limit }));
  return [...ids(await adapter.claim({ queues: wanted, leaseMs, priorityAgeMs: MINUTE }))];
}

/** In the order of their turns, with the seconds after which they are due. No level is served as a whole. */
const TURNS = [
  ["b", 0, 500],
  ["g", 0, 530],
  ["a", 9, 0],
  ["f", 1, 485],
  ["i", 4, 306],
  ["d", 5, 250],
  ["c", 0, 560],
  ["e", 9, 30],
] as const;

/** Due together with a job far ahead, in the order of their ids. */
async function enqueueTurns(harness: Ageing, queue = "default", prefix = ""): Promise<void> {
  const jobs = TURNS.map(([id, priority, seconds]) =>
    newJob(prefix + id, { ...SAME_PARTITION, queue, priority, due: { inMs: seconds * SECOND } }),
  );
  const ahead = newJob(`${prefix}ahead`, { ...SAME_PARTITION, queue, priority: 0, due: { inMs: 700 * SECOND } });
  await harness.adapter.enqueue([...jobs, ahead].sort((one, other) => (one.id < other.id ? -1 : 1)));
}

export const ageingCases: readonly Case[] = [
  defineCase({
    name: "a job that has been due for nine ages goes before a new one nine levels above it, and no sooner",
    fault: "F143",
    needs: NEEDS,
    async run(harness) {
      await enqueue(harness, ["old"], { ...SAME_PARTITION, priority: 9 });
      await harness.pass(9 * MINUTE - 1);
      await enqueue(harness, ["before"], { ...SAME_PARTITION, priority: 0 });
      await harness.pass(2);
      await enqueue(harness, ["after"], { ...SAME_PARTITION, priority: 0 });
      const order = [...(await aged(harness, 1)), ...(await aged(harness, 2))];
      expectEqual(order, ["before", "old", "after"], "the order");
    },
  }),

  defineCase({
    name: "of equal turns the lower priority number is first, and then the earlier enqueue",
    needs: NEEDS,
    async run(harness) {
      await enqueue(harness, ["one", "two"], { ...SAME_PARTITION, priority: 1 });
      await harness.pass(MINUTE);
      await enqueue(harness, ["three", "four"], { ...SAME_PARTITION, priority: 0 });
      expectEqual(await aged(harness, 9), ["three", "four", "one", "two"], "the order");
    },
  }),

  defineCase({
    name: "a claim with an age goes from level to level and takes only what is due",
    fault: "F143",
    needs: NEEDS,
    async run(harness) {
      await enqueueTurns(harness);
      await harness.pass(600 * SECOND);
      const order = [...(await aged(harness, 3)), ...(await aged(harness, 2)), ...(await aged(harness, 9))];
      expectEqual(
        order,
        TURNS.map(([id]) => id),
        "the order",
      );
    },
  }),

  defineCase({
    name: "with an age each queue of a claim has its own order and its own limit",
    needs: NEEDS,
    async run(harness) {
      await enqueueTurns(harness, "mail", "m");
      await enqueueTurns(harness, "reports", "r");
      await harness.pass(600 * SECOND);
      const got = await aged(harness, 4, ["mail", "reports"]);
      const first = TURNS.slice(0, 4).map(([id]) => id);
      expectEqual(got, [...first.map((id) => `m${id}`), ...first.map((id) => `r${id}`)], "the order");
    },
  }),

  defineCase({
    name: "a claim without an age goes by priority alone, however long others have waited",
    needs: NEEDS,
    async run(harness) {
      await enqueueTurns(harness);
      await harness.pass(600 * SECOND);
      expectEqual(ids(await claim(harness, 3)), ["b", "g", "c"], "the first claim");
      expectEqual(await aged(harness, 2), ["a", "f"], "one with an age after it");
      expectEqual(ids(await claim(harness, 9)), ["i", "d", "e"], "one without it again");
    },
  }),

  defineCase({
    name: "with an age a lease that ended counts as due from then on",
    needs: NEEDS,
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      await claimNew(harness, "lost", { ...SAME_PARTITION, priority: 1 });
      await harness.pass(leaseMs);
      // Its turn is a minute from here.
      await enqueue(harness, ["last"], { ...SAME_PARTITION, priority: 2 });
      await harness.pass(MINUTE - 1);
      await enqueue(harness, ["first"], { ...SAME_PARTITION, priority: 0 });
      await harness.pass(2);
      await enqueue(harness, ["third"], { ...SAME_PARTITION, priority: 0 });
      expectEqual(await aged(harness, 9), ["first", "lost", "third", "last"], "the order");
    },
  }),

  defineCase({
    name: "behind the key of a limit the priority alone says who may start next, also for a claim with an age",
    needs: [...NEEDS, "limits"],
    async run(harness) {
      const limits = { key: "k", running: 1 };
      const first = await claimNew(harness, "first", { ...SAME_PARTITION, limits });
      await enqueue(harness, ["old"], { ...SAME_PARTITION, limits, priority: 9 });
      await harness.pass(10 * MINUTE);
      await enqueue(harness, ["new"], { ...SAME_PARTITION, limits, priority: 0 });
      await settle(harness, first);
      expectEqual(await aged(harness, 9), ["new"], "who starts next");
    },
  }),
];
