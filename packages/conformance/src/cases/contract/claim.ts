import type { ClaimedJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SAME_PARTITION,
  claim,
  claimNew,
  claimOne,
  enqueue,
  ids,
  newJob,
  retry,
  settle,
  snooze,
} from "../../jobs.ts";

export const claimCases: readonly Case[] = [
  defineCase({
    name: "a claim takes no more than its limit",
    needs: ["Pull"],
    async run(harness) {
      await enqueue(harness, ["a", "b", "c"]);
      expectEqual((await claim(harness, 2)).length, 2, "the first claim");
      expectEqual((await claim(harness, 2)).length, 1, "the second claim");
      expectEqual((await claim(harness, 2)).length, 0, "the third claim");
    },
  }),

  defineCase({
    name: "a claim takes from the queues that it names, each with its own limit",
    needs: ["Pull"],
    async run(harness) {
      for (const queue of ["mail", "reports", "other"]) {
        await harness.adapter.enqueue([1, 2, 3].map((n) => newJob(`${queue}-${n}`, { queue })));
      }
      const queues = [
        { name: "mail", limit: 1 },
        { name: "reports", limit: 2 },
        { name: "empty", limit: 5 },
      ];
      const jobs = await harness.adapter.claim({ queues, leaseMs: MINUTE });
      expectEqual(jobs.filter(({ queue }) => queue === "mail").length, 1, "jobs from mail");
      expectEqual(jobs.filter(({ queue }) => queue === "reports").length, 2, "jobs from reports");
      expectEqual((await claim(harness, 9, "other")).length, 3, "jobs left in the queue not named");
    },
  }),

  defineCase({
    name: "a leased job is not claimed again",
    fault: "F03",
    needs: ["Pull"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      await claimNew(harness, "a");
      expectEqual(ids(await claim(harness)), [], "a second claim at once");
      await harness.pass(leaseMs - 1);
      expectEqual(ids(await claim(harness)), [], "a second claim just before the lease's end");
    },
  }),

  defineCase({
    name: "concurrent claims never get the same job",
    fault: "F85",
    needs: ["Pull"],
    async run(harness) {
      const wanted = Array.from({ length: 60 }, (_, i) => `job-${String(i).padStart(2, "0")}`);
      await enqueue(harness, wanted);
      const claims = await Promise.all(Array.from({ length: 20 }, () => claim(harness, 4)));
      const got = ids(claims.flat());
      expectEqual([...got].sort(), wanted, "all that was claimed");
    },
  }),

  defineCase({
    name: "a first claim is attempt one, and not stalled",
    needs: ["Pull"],
    async run(harness) {
      const { attempt, stalled } = await claimNew(harness, "a");
      expectEqual({ attempt, stalled }, { attempt: 1, stalled: false }, "the claim");
    },
  }),

  defineCase({
    name: "a claim counts the attempt, so that a crash is an attempt",
    fault: "F21",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await claimNew(harness, "a");
      expectEqual((await harness.adapter.get([{ id: "a" }]))[0]?.attempt, 1, "the attempts while it runs");
      for (const attempt of [2, 3, 4]) {
        await harness.pass(harness.adapter.traits.leaseMs);
        expectEqual((await claimOne(harness, "a")).attempt, attempt, "the attempt after a crash");
      }
    },
  }),

  defineCase({
    name: "tokens grow with every claim in the store",
    fault: "F17",
    needs: ["Pull", "fenced"],
    async run(harness) {
      await enqueue(harness, ["a", "b"], SAME_PARTITION);
      let newest = -1;
      const grows = (job: ClaimedJob): void => {
        expect(job.token > newest, `the token ${job.token} should be greater than ${newest}`);
        newest = job.token;
      };
      for (let round = 0; round < 3; round++) {
        for (const id of ["a", "b"]) {
          const job = await claimOne(harness, id);
          grows(job);
          await settle(harness, job, round === 0 ? snooze(MINUTE) : retry(MINUTE));
        }
        await harness.pass(MINUTE);
      }
    },
  }),

  defineCase({
    name: "tokens never come again, even for an id that was removed and enqueued anew",
    fault: "F17",
    needs: ["Pull", "Control", "fenced"],
    async run(harness) {
      const first = await claimNew(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      await harness.adapter.remove([{ id: "a" }]);
      const second = await claimNew(harness, "a");
      expect(second.token > first.token, `the token ${second.token} should be greater than ${first.token}`);
      expectEqual(await settle(harness, first), "stale", "the settlement by the first token");
    },
  }),

  defineCase({
    name: "the fields of a claimed job have the types that the contract says",
    fault: "F90",
    needs: ["Pull"],
    async run(harness) {
      await enqueue(harness, ["a"], { partition: "p" });
      const job = await claimOne(harness, "a");
      const types = Object.fromEntries(Object.entries(job).map(([key, value]) => [key, typeof value]));
      expectEqual(types, FIELD_TYPES, "the types");
      for (const field of ["token", "attempt", "priority", "ageMs", "waitedMs"] as const) {
        expect(Number.isSafeInteger(job[field]), `${field} should be a whole number, but is ${job[field]}`);
      }
    },
  }),

  defineCase({
    name: "a claim tells how old the job is and how long it waited, by the adapter's clock",
    needs: ["Pull"],
    async run(harness) {
      await enqueue(harness, ["a"], { due: { inMs: HOUR } });
      await harness.pass(HOUR + MINUTE);
      const { ageMs, waitedMs } = await claimOne(harness, "a");
      expectEqual({ ageMs, waitedMs }, { ageMs: HOUR + MINUTE, waitedMs: MINUTE }, "the times");
    },
  }),

  defineCase({
    name: "a claim finds nothing where nothing waits",
    needs: ["Pull"],
    async run(harness) {
      await enqueue(harness, ["later"], { due: { inMs: HOUR } });
      expectEqual(await claim(harness, 5, "never-used"), [], "a queue that never was");
      expectEqual(await claim(harness, 5), [], "a queue in which nothing is due");
    },
  }),
];

const FIELD_TYPES = {
  id: "string",
  partition: "string",
  name: "string",
  queue: "string",
  payload: "string",
  headers: "object",
  priority: "number",
  token: "number",
  attempt: "number",
  stalled: "boolean",
  ageMs: "number",
  waitedMs: "number",
};
