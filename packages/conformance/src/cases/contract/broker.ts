import { codeOf } from "@longshore/core";
import type { ClaimedJob, Inspect, Pull, SettleAnswer } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual, expectRejection } from "../../expect.ts";
import { HOUR, MINUTE, complete, dead, enqueue, ids, leaseOf, newJob, retry, snooze, work } from "../../jobs.ts";

/** For everything that moves messages: brokers, and whatever delivers jobs. */
export const brokerCases: readonly Case[] = [
  defineCase({
    name: "a broker answers that it sent each job, and nothing more",
    needs: ["broker"],
    async run({ adapter }) {
      const answers = await adapter.enqueue([newJob("a"), newJob("b"), newJob("c")]);
      expectEqual(answers, [{ status: "sent" }, { status: "sent" }, { status: "sent" }], "the answers");
    },
  }),

  defineCase({
    name: "a completed job does not come again",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a", "b"]);
      expectEqual([...ids(await work(harness))].sort(), ["a", "b"], "what ran");
      await harness.pass(HOUR);
      expectEqual(ids(await work(harness)), [], "what ran an hour later");
    },
  }),

  defineCase({
    name: "a dead job does not come again",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await work(harness, () => dead());
      await harness.pass(HOUR);
      expectEqual(ids(await work(harness)), [], "what ran an hour later");
    },
  }),

  defineCase({
    name: "a retried job comes again after its delay, as the next attempt",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      const attempts: number[] = [];
      const run = async (): Promise<void> => {
        const jobs = await work(harness, () => retry(MINUTE));
        attempts.push(...jobs.map(({ attempt }) => attempt));
      };
      await run();
      await harness.pass(MINUTE - 1);
      await run();
      expectEqual(attempts, [1], "the attempts before the delay is over");
      await harness.pass(1);
      await run();
      await harness.pass(MINUTE);
      await run();
      expectEqual(attempts, [1, 2, 3], "the attempts");
    },
  }),

  defineCase({
    name: "a snoozed job comes again after its delay, as the same attempt",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await work(harness, () => retry(MINUTE));
      await harness.pass(MINUTE);
      const [snoozed] = await work(harness, () => snooze(MINUTE));
      expectEqual(snoozed?.attempt, 2, "the attempt that is snoozed");
      await harness.pass(MINUTE - 1);
      expectEqual(ids(await work(harness)), [], "what runs before the delay is over");
      await harness.pass(1);
      const [again] = await work(harness);
      expectEqual(again?.attempt, 2, "the attempt after the snooze");
    },
  }),

  defineCase({
    name: "one poisoned job never touches its neighbours in the batch",
    fault: "F34",
    needs: ["work"],
    async run(harness) {
      const names = Array.from({ length: 10 }, (_, i) => `job-${i}`);
      await enqueue(harness, names);
      await work(harness, ({ id }) => (id === "job-7" ? retry(MINUTE) : complete));
      await harness.pass(MINUTE);
      expectEqual(ids(await work(harness)), ["job-7"], "what comes again");
    },
  }),

  defineCase({
    name: "a job that a crashed worker held comes again",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      const held: ClaimedJob[] = [];
      const crash = async (jobs: readonly ClaimedJob[]): Promise<void> => {
        held.push(...jobs);
        throw new Error("the worker crashed");
      };
      await harness.deliver(crash).catch(() => {});
      expectEqual(ids(held), ["a"], "what the worker held");
      await harness.pass(harness.adapter.traits.leaseMs);
      const [again] = await work(harness);
      expect(again?.id === "a", "the job should come again");
      expect(again.attempt > (held[0]?.attempt ?? 0), "a crash should count as an attempt");
    },
  }),

  defineCase({
    name: "each settlement of a batch is answered in its place",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a", "b", "c"]);
      const answers: SettleAnswer[] = [];
      await harness.deliver(async (jobs) => {
        const outcomes = [complete, retry(MINUTE), dead()];
        const settlements = jobs.map((job, i) => ({ ...leaseOf(job), outcome: outcomes[i] ?? complete }));
        answers.push(...(await harness.adapter.settle(settlements)));
      });
      expectEqual(answers, ["accepted", "accepted", "accepted"], "the answers");
    },
  }),

  defineCase({
    name: "a carried job arrives as it was claimed: same token, same attempt",
    needs: ["Carry", "work"],
    async run(harness) {
      const claimed: ClaimedJob = {
        ...newData("a"),
        token: 41,
        attempt: 3,
        stalled: true,
        ageMs: HOUR,
        waitedMs: MINUTE,
        snoozed: { reason: "no worker knows it", forMs: MINUTE },
      };
      expectEqual(await harness.adapter.carry([claimed]), ["sent"], "the answer");
      const arrived: ClaimedJob[] = [];
      await harness.deliver(async (jobs) => {
        arrived.push(...jobs);
        await harness.adapter.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: complete })));
      });
      const [job] = arrived;
      expectEqual(
        [job?.id, job?.token, job?.attempt, job?.stalled, job?.payload, job?.headers, job?.snoozed],
        ["a", 41, 3, true, claimed.payload, claimed.headers, claimed.snoozed],
        "what arrived",
      );
    },
  }),

  defineCase({
    name: "an adapter can be closed twice",
    fault: "F73",
    needs: ["Close"],
    async run({ adapter }) {
      await adapter.close();
      await adapter.close();
    },
  }),

  defineCase({
    name: "a closed adapter refuses each call, and says that it is closed",
    fault: "F73",
    needs: ["Close"],
    async run(harness) {
      const { adapter } = harness;
      await enqueue(harness, ["a"]);
      await adapter.close();
      const { claim, get, counts } = adapter as typeof adapter & Partial<Pull & Inspect>; // whichever it has
      const calls: readonly (readonly [what: string, call: (() => unknown) | undefined])[] = [
        ["an enqueue", () => adapter.enqueue([newJob("b")])],
        ["a claim", claim && (() => claim({ queues: [{ name: "default", limit: 1 }], leaseMs: MINUTE }))],
        ["a look at a job", get && (() => get([{ id: "a" }]))],
        ["the counts", counts && (() => counts())],
      ];
      for (const [what, call] of calls) {
        if (call === undefined) continue;
        const error = await expectRejection(call, `${what} after close()`);
        expectEqual(codeOf(error), "invalid_option", `the code of ${what} after close()`);
        expect(/closed/.test(String(Object(error).message)), `${what} after close() fails with ${String(error)}`);
      }
    },
  }),
];

function newData(id: string): Omit<ClaimedJob, "token" | "attempt" | "stalled" | "ageMs" | "waitedMs"> {
  const { due: _due, keepMs: _keepMs, ...data } = newJob(id, { headers: { v: "1", "m.user": "42" } });
  return data;
}
