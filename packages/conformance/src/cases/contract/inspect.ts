import type { JobState } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { DAY, MINUTE, claim, claimNew, claimOne, dead, enqueue, retry, settle, stateOf } from "../../jobs.ts";
import { STATES, everyState } from "./every-state.ts";

export const inspectCases: readonly Case[] = [
  defineCase({
    name: "get answers in the order of its references, with undefined for jobs that do not exist",
    needs: ["Inspect"],
    async run(harness) {
      await enqueue(harness, ["a", "b"]);
      const rows = await harness.adapter.get([{ id: "b" }, { id: "never-was" }, { id: "a" }, { id: "b" }]);
      expectEqual(
        rows.map((found) => found?.id),
        ["b", undefined, "a", "b"],
        "the ids",
      );
      expectEqual(await harness.adapter.get([]), [], "the answer to no names");
    },
  }),

  defineCase({
    name: "a running job shows its attempt and its lease's end",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      await claimNew(harness, "a");
      const [found] = await harness.adapter.get([{ id: "a" }]);
      expectEqual(
        [found?.state, found?.attempt, found?.dueAt],
        ["active", 1, harness.now() + leaseMs],
        "state, attempts and due time",
      );
      await harness.pass(leaseMs - 1);
      expectEqual(await stateOf(harness, "a"), "active", "the state just before the lease's end");
      await harness.pass(1);
      expectEqual(await stateOf(harness, "a"), "stalled", "the state at the lease's end");
    },
  }),

  defineCase({
    name: "the fields of a stored job have the types that the contract says",
    fault: "F90",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      await settle(harness, job, retry());
      await settle(harness, await claimOne(harness, "a"), { type: "complete", result: "1" });
      const [found] = await harness.adapter.get([{ id: "a" }]);
      expect(found !== undefined, "the job is not there");
      for (const field of ["priority", "attempt", "enqueuedAt", "dueAt"] as const) {
        expect(Number.isSafeInteger(found[field]), `${field} should be a whole number, but is ${found[field]}`);
      }
      for (const field of ["id", "name", "queue", "payload", "state", "result"] as const) {
        expectEqual(typeof found[field], "string", `the type of ${field}`);
      }
      expect(Array.isArray(found.failures), "failures should be an array");
      expect(Number.isSafeInteger(found.failures[0]?.at), "a failure's time should be a whole number");
    },
  }),

  defineCase({
    name: "jobs are counted by queue and state",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await enqueue(harness, ["m1", "m2", "m3"], { queue: "mail" });
      await claim(harness, 1, "mail");
      await enqueue(harness, ["m4"], { queue: "mail", due: { inMs: DAY } });
      await settle(harness, await claimNew(harness, "a"), dead());
      await settle(harness, await claimNew(harness, "b"));
      expectEqual(
        await counted(harness),
        { default: { completed: 1, dead: 1 }, mail: { active: 1, delayed: 1, enqueued: 2 } },
        "the counts",
      );
    },
  }),

  defineCase({
    name: "a queue whose jobs are gone is in no counts, until it has one again",
    needs: ["Inspect", "Control"],
    async run(harness) {
      const queues = async (): Promise<readonly string[]> =>
        (await harness.adapter.counts()).map(({ queue }) => queue).sort();
      await enqueue(harness, ["a", "b"], { queue: "mail" });
      await enqueue(harness, ["c"]);
      await harness.adapter.remove([{ id: "a" }, { id: "b" }]);
      expectEqual(await queues(), ["default"], "the queues");
      await enqueue(harness, ["d"], { queue: "mail" });
      expectEqual(await queues(), ["default", "mail"], "the queues with a new job");
      expectEqual(await counted(harness), { default: { enqueued: 1 }, mail: { enqueued: 1 } }, "the counts");
    },
  }),

  defineCase({
    name: "counts of some states are the same as in the counts of all",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await everyState(harness);
      await harness.adapter.pause("mail");
      await harness.adapter.pause("empty");
      const all = await counted(harness);
      expectEqual(
        all,
        {
          default: { active: 2, cancelled: 1, completed: 1, dead: 1, delayed: 2, enqueued: 2, failed: 1, stalled: 1 },
          mail: { active: 1, dead: 1 },
        },
        "the counts of all states",
      );
      const narrow: readonly (readonly JobState[])[] = [
        [],
        ...STATES.map((state) => [state]),
        ["enqueued", "stalled"],
        ["dead", "enqueued", "active", "stalled"],
        ["dead", "completed", "enqueued"],
        ["dead", "dead"],
      ];
      for (const states of narrow) {
        const named = states.join(" and ") || "no states";
        expectEqual(await counted(harness, states), among(all, states), `the counts narrowed to ${named}`);
        const paused = (await harness.adapter.counts(states)).filter((queue) => queue.paused).map(({ queue }) => queue);
        expectEqual(paused.sort(), ["empty", "mail"], `the paused queues among those counts`);
      }
    },
  }),

  defineCase({
    name: "a row past its time is neither got, listed nor counted, also before a prune removes it",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      // Done again for each verb, because the one before may have cleaned up.
      const expire = async (): Promise<void> => {
        await settle(harness, await claimNew(harness, "a", { keepMs: MINUTE }));
        await harness.pass(MINUTE);
      };
      await expire();
      expectEqual(await stateOf(harness, "a"), "gone", "the row");
      await expire();
      expectEqual((await harness.adapter.list({ limit: 9 })).jobs, [], "the list");
      await expire();
      expectEqual(await counted(harness), {}, "the counts");
      await expire();
      expectEqual(await counted(harness, ["completed"]), {}, "the counts of completed jobs");
    },
  }),
];

type Counted = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The counts of these states, without zeros and without empty queues. */
async function counted(harness: Harness<"Inspect">, states?: readonly JobState[]): Promise<Counted> {
  const rows = await harness.adapter.counts(states);
  return among(Object.fromEntries(rows.map(({ queue, counts }) => [queue, counts])), states);
}

function among(counts: Counted, states: readonly string[] = STATES): Counted {
  const found = Object.entries(counts).map(([queue, ofQueue]) => {
    const some = Object.entries(ofQueue).filter(([state, count]) => count !== 0 && states.includes(state));
    return [queue, Object.fromEntries(some)] as const;
  });
  return Object.fromEntries(found.filter(([, ofQueue]) => Object.keys(ofQueue).length > 0));
}
