import type { Adapter, Inspect, JobState, ListRequest, StoredJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Kit } from "../../kit.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  claim,
  claimNew,
  claimOne,
  dead,
  enqueue,
  ids,
  retry,
  settle,
  snooze,
  stateOf,
} from "../../jobs.ts";

export const inspectCases: readonly Case[] = [
  defineCase({
    name: "jobs are got in the order of their names, with undefined for those that are not there",
    needs: ["Inspect"],
    async run(kit) {
      await enqueue(kit, ["a", "b"]);
      const rows = await kit.adapter.get([{ id: "b" }, { id: "never-was" }, { id: "a" }, { id: "b" }]);
      expectEqual(
        rows.map((found) => found?.id),
        ["b", undefined, "a", "b"],
        "the ids",
      );
      expectEqual(await kit.adapter.get([]), [], "the answer to no names");
    },
  }),

  defineCase({
    name: "a running job shows its attempt and its lease's end",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      await claimNew(kit, "a");
      const [found] = await kit.adapter.get([{ id: "a" }]);
      expectEqual(
        [found?.state, found?.attempt, found?.dueAt],
        ["active", 1, kit.now() + leaseMs],
        "state, attempts and due time",
      );
      await kit.pass(leaseMs - 1);
      expectEqual(await stateOf(kit, "a"), "active", "the state just before the lease's end");
      await kit.pass(1);
      expectEqual(await stateOf(kit, "a"), "stalled", "the state at the lease's end");
    },
  }),

  defineCase({
    name: "the fields of a stored job have the types that the contract says",
    fault: "F90",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      const job = await claimNew(kit, "a");
      await settle(kit, job, retry());
      await settle(kit, await claimOne(kit, "a"), { type: "complete", result: "1" });
      const [found] = await kit.adapter.get([{ id: "a" }]);
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
    name: "the pages of a list hold every job once",
    needs: ["Inspect"],
    async run(kit) {
      const wanted = Array.from({ length: 23 }, (_, i) => `job-${String(i).padStart(2, "0")}`);
      await enqueue(kit, wanted);
      for (const limit of [1, 5, 23, 100]) {
        const jobs = await listAll(kit, { limit });
        expectEqual([...ids(jobs)].sort(), wanted, `the jobs in pages of ${limit}`);
      }
      expectEqual((await kit.adapter.list({ limit: 5 })).jobs.length, 5, "the size of a page");
    },
  }),

  defineCase({
    name: "a list goes by the ids, and a cursor stays good while jobs come and go",
    needs: ["Inspect", "Control"],
    async run(kit) {
      // All in one partition, so that they are in one place.
      for (const id of ["c", "A", "e", "10", "b", "9"]) await enqueue(kit, [id], { partition: "p" });
      const first = await kit.adapter.list({ limit: 3 });
      expectEqual(ids(first.jobs), ["10", "9", "A"], "the first page");
      await kit.adapter.remove([
        { id: "A", partition: "p" },
        { id: "10", partition: "p" },
      ]);
      await enqueue(kit, ["0", "B", "d"], { partition: "p" });
      const second = await kit.adapter.list({ limit: 3, cursor: first.cursor });
      expectEqual(ids(second.jobs), ["B", "b", "c"], "the second page");
      const third = await kit.adapter.list({ limit: 3, cursor: second.cursor });
      expectEqual([ids(third.jobs), third.cursor], [["d", "e"], undefined], "the last page, and its cursor");
    },
  }),

  defineCase({
    name: "a list shows the jobs of a state and of a queue, by the states of now",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await enqueue(kit, ["mail-1", "mail-2"], { queue: "mail" });
      await enqueue(kit, ["later"], { due: { inMs: MINUTE } });
      await settle(kit, await claimNew(kit, "dead", { priority: 0 }), dead());
      await settle(kit, await claimNew(kit, "completed", { priority: 0 }));
      await settle(kit, await claimNew(kit, "failed", { priority: 0 }), retry(MINUTE));
      await settle(kit, await claimNew(kit, "snoozed", { priority: 0 }), retry());
      await settle(kit, await claimOne(kit, "snoozed"), snooze(MINUTE));
      const shown = async (filter: Partial<ListRequest>): Promise<string> =>
        [...ids(await listAll(kit, { limit: 2, ...filter }))].sort().join(" ");
      expectEqual(await shown({ queue: "mail" }), "mail-1 mail-2", "the queue mail");
      expectEqual(await shown({ state: "dead" }), "dead", "the dead letters");
      expectEqual(await shown({ state: "completed" }), "completed", "the completed jobs");
      expectEqual(await shown({ state: "delayed" }), "later snoozed", "the delayed jobs");
      expectEqual(await shown({ state: "failed" }), "failed", "the failed jobs");
      expectEqual(await shown({ state: "enqueued", queue: "default" }), "", "what is due in the default queue");
      await kit.pass(MINUTE);
      expectEqual(await shown({ state: "delayed" }), "", "the delayed jobs a minute later");
      expectEqual(
        await shown({ state: "enqueued" }),
        "failed later mail-1 mail-2 snoozed",
        "what is due a minute later",
      );
    },
  }),

  defineCase({
    name: "running and stalled jobs are listed as such",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await claimNew(kit, "a");
      expectEqual(ids(await listAll(kit, { state: "active", limit: 9 })), ["a"], "the running jobs");
      expectEqual(ids(await listAll(kit, { state: "enqueued", limit: 9 })), [], "the waiting jobs");
      await kit.pass(kit.adapter.traits.leaseMs);
      expectEqual(ids(await listAll(kit, { state: "active", limit: 9 })), [], "the running jobs after the lease");
      expectEqual(ids(await listAll(kit, { state: "stalled", limit: 9 })), ["a"], "the stalled jobs");
    },
  }),

  defineCase({
    name: "jobs are counted by queue and state",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await enqueue(kit, ["m1", "m2", "m3"], { queue: "mail" });
      await claim(kit, 1, "mail");
      await enqueue(kit, ["m4"], { queue: "mail", due: { inMs: DAY } });
      await settle(kit, await claimNew(kit, "a"), dead());
      await settle(kit, await claimNew(kit, "b"));
      expectEqual(
        await counted(kit),
        { default: { completed: 1, dead: 1 }, mail: { active: 1, delayed: 1, enqueued: 2 } },
        "the counts",
      );
    },
  }),

  defineCase({
    name: "counts narrowed to some states answer these as if all had been asked for",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      await everyState(kit);
      await kit.adapter.pause("mail");
      await kit.adapter.pause("empty");
      const all = await counted(kit);
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
        expectEqual(await counted(kit, states), among(all, states), `the counts narrowed to ${named}`);
        const paused = (await kit.adapter.counts(states)).filter((queue) => queue.paused).map(({ queue }) => queue);
        expectEqual(paused.sort(), ["empty", "mail"], `the paused queues among those counts`);
      }
    },
  }),

  defineCase({
    name: "a row past its time is neither got, listed nor counted, pruned or not",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      // Done again for each verb, because the one before may have cleaned up.
      const expire = async (): Promise<void> => {
        await settle(kit, await claimNew(kit, "a", { keepMs: MINUTE }));
        await kit.pass(MINUTE);
      };
      await expire();
      expectEqual(await stateOf(kit, "a"), "gone", "the row");
      await expire();
      expectEqual(await listAll(kit, { limit: 9 }), [], "the list");
      await expire();
      expectEqual(await counted(kit), {}, "the counts");
      await expire();
      expectEqual(await counted(kit, ["completed"]), {}, "the counts of completed jobs");
    },
  }),
];

async function listAll(
  kit: { readonly adapter: Adapter & Inspect },
  request: ListRequest,
): Promise<readonly StoredJob[]> {
  const jobs: StoredJob[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 200; pages++) {
    const page = await kit.adapter.list(cursor === undefined ? request : { ...request, cursor });
    expect(page.jobs.length <= request.limit, `a page of ${request.limit} has ${page.jobs.length} jobs`);
    jobs.push(...page.jobs);
    cursor = page.cursor;
    if (cursor === undefined) return jobs;
  }
  throw new Error("the list has no end");
}

const STATES: readonly JobState[] = [
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "completed",
  "dead",
  "cancelled",
];

/** One job in each state, two that run (one of them had to wait first), and one that has expired. */
async function everyState(kit: Kit<"Pull" | "Inspect" | "Control">): Promise<void> {
  const { leaseMs } = kit.adapter.traits;
  await enqueue(kit, ["cancelled", "delayed", "waited"], { due: { inMs: HOUR } });
  await kit.adapter.cancel([{ id: "cancelled" }]);
  await kit.adapter.runNow([{ id: "waited" }]);
  await claimOne(kit, "waited");
  await settle(kit, await claimNew(kit, "completed"));
  await settle(kit, await claimNew(kit, "over", { keepMs: SECOND }));
  await settle(kit, await claimNew(kit, "dead"), dead());
  await settle(kit, await claimNew(kit, "failed"), retry(HOUR));
  await settle(kit, await claimNew(kit, "snoozed"), retry());
  await settle(kit, await claimOne(kit, "snoozed"), snooze(HOUR));
  await enqueue(kit, ["stalled"]);
  await kit.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: leaseMs / 2 });
  await claimNew(kit, "active");
  await settle(kit, await claimNew(kit, "mail-dead", { queue: "mail" }), dead());
  await claimNew(kit, "mail-active", { queue: "mail" });
  await kit.pass(leaseMs / 2);
  await enqueue(kit, ["enqueued-1", "enqueued-2"]);
}

type Counted = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The counts of these states, without zeros and without empty queues. */
async function counted(kit: Kit<"Inspect">, states?: readonly JobState[]): Promise<Counted> {
  const rows = await kit.adapter.counts(states);
  return among(Object.fromEntries(rows.map(({ queue, counts }) => [queue, counts])), states);
}

function among(counts: Counted, states: readonly string[] = STATES): Counted {
  const found = Object.entries(counts).map(([queue, ofQueue]) => {
    const some = Object.entries(ofQueue).filter(([state, count]) => count !== 0 && states.includes(state));
    return [queue, Object.fromEntries(some)] as const;
  });
  return Object.fromEntries(found.filter(([, ofQueue]) => Object.keys(ofQueue).length > 0));
}
