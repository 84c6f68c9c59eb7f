import type { Adapter, Inspect, JobState, ListRequest, StoredJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, MINUTE, claim, claimNew, claimOne, dead, enqueue, ids, retry, settle, snooze } from "../../jobs.ts";
import { STATES, everyState } from "./every-state.ts";

export const listCases: readonly Case[] = [
  defineCase({
    name: "the pages of a list hold every job once",
    needs: ["Inspect"],
    async run(harness) {
      const wanted = Array.from({ length: 23 }, (_, i) => `job-${String(i).padStart(2, "0")}`);
      await enqueue(harness, wanted);
      for (const limit of [1, 5, 23, 100]) {
        const jobs = await listAll(harness, { limit });
        expectEqual([...ids(jobs)].sort(), wanted, `the jobs in pages of ${limit}`);
      }
      expectEqual((await harness.adapter.list({ limit: 5 })).jobs.length, 5, "the size of a page");
    },
  }),

  defineCase({
    name: "a list is ordered by id, and its cursor stays valid while jobs come and go",
    needs: ["Inspect", "Control"],
    async run(harness) {
      // All in one partition, so that they are in one place.
      for (const id of ["c", "A", "e", "10", "b", "9"]) await enqueue(harness, [id], { partition: "p" });
      const first = await harness.adapter.list({ limit: 3 });
      expectEqual(ids(first.jobs), ["10", "9", "A"], "the first page");
      await harness.adapter.remove([
        { id: "A", partition: "p" },
        { id: "10", partition: "p" },
      ]);
      await enqueue(harness, ["0", "B", "d"], { partition: "p" });
      const second = await harness.adapter.list({ limit: 3, cursor: first.cursor });
      expectEqual(ids(second.jobs), ["B", "b", "c"], "the second page");
      const third = await harness.adapter.list({ limit: 3, cursor: second.cursor });
      expectEqual([ids(third.jobs), third.cursor], [["d", "e"], undefined], "the last page, and its cursor");
    },
  }),

  defineCase({
    name: "a list that descends is the other way round, and its cursor stays valid while jobs come and go",
    needs: ["Inspect", "Control"],
    async run(harness) {
      for (const id of ["c", "A", "e", "10", "b", "9"]) await enqueue(harness, [id], { partition: "p" });
      const first = await harness.adapter.list({ descending: true, limit: 3 });
      expectEqual(ids(first.jobs), ["e", "c", "b"], "the first page");
      await harness.adapter.remove([
        { id: "b", partition: "p" },
        { id: "e", partition: "p" },
      ]);
      await enqueue(harness, ["f", "B", "d"], { partition: "p" });
      const second = await harness.adapter.list({ descending: true, limit: 3, cursor: first.cursor });
      expectEqual(ids(second.jobs), ["B", "A", "9"], "the second page");
      const third = await harness.adapter.list({ descending: true, limit: 3, cursor: second.cursor });
      expectEqual([ids(third.jobs), third.cursor], [["10"], undefined], "the last page, and its cursor");
    },
  }),

  defineCase({
    name: "the pages of a list hold the same jobs in both directions, however many there are",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const wanted = Array.from({ length: 230 }, (_, i) => `job-${String(i).padStart(3, "0")}`);
      await enqueue(harness, wanted);
      for (const job of await claim(harness, 30)) await settle(harness, job, dead());
      for (const state of [undefined, "dead", ["dead", "enqueued"]] as const) {
        const up = ids(await listAll(harness, { state, limit: 7 }));
        const down = ids(await listAll(harness, { state, limit: 7, descending: true }));
        expectEqual(up, [...up].sort(), `the order of ${String(state)}`);
        expectEqual(down, [...up].reverse(), `the order of ${String(state)} the other way round`);
        expectEqual(up.length, state === "dead" ? 30 : 230, `how many of ${String(state)} there are`);
      }
    },
  }),

  defineCase({
    name: "a list filters by name, and by several states at once, together with its queue",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await everyState(harness);
      await enqueue(harness, ["mail-waits"], { queue: "mail", name: "mail.v2" });
      await enqueue(harness, ["mail-later"], { name: "mail.v2", due: { inMs: DAY } });
      const all = await listAll(harness, { limit: 100 });
      const wanted: readonly Omit<ListRequest, "limit" | "cursor">[] = [
        { name: "mail.v2" },
        { name: "mail" },
        { name: "work", state: ["delayed", "dead"] },
        { name: "mail.v2", state: "delayed" },
        { name: "mail.v2", queue: "mail" },
        { queue: "mail", state: ["active", "dead", "cancelled"] },
        { state: ["stalled", "active"] },
        { state: ["completed", "cancelled"] },
        { state: ["dead"] },
        { state: ["failed", "dead", "dead"] },
        { state: STATES },
        { state: [] },
      ];
      for (const request of wanted) {
        const { state, queue, name } = request;
        const states: readonly JobState[] = state === undefined ? STATES : [state].flat();
        const such = all
          .filter((job) => states.includes(job.state))
          .filter((job) => queue === undefined || job.queue === queue)
          .filter((job) => name === undefined || job.name === name);
        for (const descending of [false, true]) {
          const shown = await listAll(harness, { ...request, descending, limit: 2 });
          const expected = [...ids(such)].sort();
          if (descending) expected.reverse();
          expectEqual(ids(shown), expected, `what ${JSON.stringify({ ...request, descending })} shows`);
        }
      }
    },
  }),

  defineCase({
    name: "a list filters by queue and by the state that each job has now",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await enqueue(harness, ["mail-1", "mail-2"], { queue: "mail" });
      await enqueue(harness, ["later"], { due: { inMs: MINUTE } });
      await settle(harness, await claimNew(harness, "dead", { priority: 0 }), dead());
      await settle(harness, await claimNew(harness, "completed", { priority: 0 }));
      await settle(harness, await claimNew(harness, "failed", { priority: 0 }), retry(MINUTE));
      await settle(harness, await claimNew(harness, "snoozed", { priority: 0 }), retry());
      await settle(harness, await claimOne(harness, "snoozed"), snooze(MINUTE));
      const shown = async (filter: Partial<ListRequest>): Promise<string> =>
        [...ids(await listAll(harness, { limit: 2, ...filter }))].sort().join(" ");
      expectEqual(await shown({ queue: "mail" }), "mail-1 mail-2", "the queue mail");
      expectEqual(await shown({ state: "dead" }), "dead", "the dead letters");
      expectEqual(await shown({ state: "completed" }), "completed", "the completed jobs");
      expectEqual(await shown({ state: "delayed" }), "later snoozed", "the delayed jobs");
      expectEqual(await shown({ state: "failed" }), "failed", "the failed jobs");
      expectEqual(await shown({ state: "enqueued", queue: "default" }), "", "what is due in the default queue");
      await harness.pass(MINUTE);
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
    async run(harness) {
      await claimNew(harness, "a");
      expectEqual(ids(await listAll(harness, { state: "active", limit: 9 })), ["a"], "the running jobs");
      expectEqual(ids(await listAll(harness, { state: "enqueued", limit: 9 })), [], "the waiting jobs");
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(ids(await listAll(harness, { state: "active", limit: 9 })), [], "the running jobs after the lease");
      expectEqual(ids(await listAll(harness, { state: "stalled", limit: 9 })), ["a"], "the stalled jobs");
    },
  }),
];

async function listAll(
  harness: { readonly adapter: Adapter & Inspect },
  request: ListRequest,
): Promise<readonly StoredJob[]> {
  const jobs: StoredJob[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 200; pages++) {
    const page = await harness.adapter.list(cursor === undefined ? request : { ...request, cursor });
    expect(page.jobs.length <= request.limit, `a page of ${request.limit} has ${page.jobs.length} jobs`);
    jobs.push(...page.jobs);
    cursor = page.cursor;
    if (cursor === undefined) return jobs;
  }
  throw new Error("the list has no end");
}
