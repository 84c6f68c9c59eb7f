import { type Notify, schedulePartition } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  enqueue,
  leaseOf,
  newJob,
  retry,
  settle,
  snooze,
} from "../../jobs.ts";

export const wakeCases: readonly Case[] = [
  defineCase({
    name: "the time until something is due is undefined when nothing waits",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(harness) {
      expectEqual(await dueIn(harness), undefined, "the time of an empty store");
      await settle(harness, await claimNew(harness, "completed"));
      await settle(harness, await claimNew(harness, "dead"), dead());
      await enqueue(harness, ["elsewhere"], { queue: "other" });
      expectEqual(await dueIn(harness), undefined, "the time when only ended and other queues' jobs stand");
      expectEqual(await dueIn(harness, ["default", "other"]), 0, "the time when asked for both queues");
    },
  }),

  defineCase({
    name: "a schedule without a next time is never due: one that is not declared, and one that no tick has moved",
    fault: "F149",
    needs: ["Wake", "Schedules"],
    async run(harness) {
      const schedule = { name: "report", rule: "every 1h" };
      const wanted = { queues: [], schedules: [schedule] };
      expectEqual(await harness.adapter.dueInMs(wanted), undefined, "the time before it is declared");
      await harness.adapter.declare([schedule]);
      expectEqual(await harness.adapter.dueInMs(wanted), undefined, "the time once it is declared");
    },
  }),

  defineCase({
    name: "the time until something is due is that of the earliest job",
    fault: "F66",
    needs: ["Wake"],
    async run(harness) {
      await enqueue(harness, ["c"], { due: { inMs: 3 * HOUR } });
      expectEqual(await dueIn(harness), 3 * HOUR, "the time with one job");
      await enqueue(harness, ["a"], { due: { inMs: HOUR } });
      await enqueue(harness, ["b"], { due: { at: harness.now() + 2 * HOUR }, priority: 0 });
      expectEqual(await dueIn(harness), HOUR, "the time with three jobs");
      await harness.pass(2 * HOUR);
      expectEqual(await dueIn(harness), 0, "the time when the first is overdue");
    },
  }),

  defineCase({
    name: "a lease's end is a time to wake up, and moves with its renewal",
    fault: "F88",
    needs: ["Pull", "Renew", "Wake"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      expectEqual(await dueIn(harness), leaseMs, "the time until the lease's end");
      await harness.pass(1_000);
      await harness.adapter.renew([leaseOf(job)], leaseMs);
      expectEqual(await dueIn(harness), leaseMs, "the time until the renewed lease's end");
      await harness.pass(leaseMs);
      expectEqual(await dueIn(harness), 0, "the time at the lease's end");
    },
  }),

  defineCase({
    name: "the time until something is due is right after every outcome",
    fault: "F66",
    needs: ["Pull", "Wake"],
    async run(harness) {
      const outcomes = [
        { outcome: complete, expected: undefined },
        { outcome: dead(), expected: undefined },
        { outcome: retry(MINUTE), expected: MINUTE },
        { outcome: snooze(HOUR), expected: HOUR },
      ];
      for (const { outcome, expected } of outcomes) {
        const queue = outcome.type;
        await settle(harness, await claimNew(harness, outcome.type, { queue }), outcome);
        expectEqual(await dueIn(harness, [queue]), expected, `the time after ${outcome.type}`);
      }
    },
  }),

  defineCase({
    name: "operators' calls change the time until something is due",
    fault: "F66",
    needs: ["Pull", "Wake", "Control"],
    async run(harness) {
      const { adapter } = harness;
      await enqueue(harness, ["a"], { due: { inMs: HOUR } });
      await enqueue(harness, ["b"], { due: { inMs: DAY } });
      await adapter.cancel([{ id: "a" }]);
      expectEqual(await dueIn(harness), DAY, "the time after a cancel");
      await adapter.runNow([{ id: "b" }]);
      expectEqual(await dueIn(harness), 0, "the time after a runNow");
      await adapter.remove([{ id: "b" }]);
      expectEqual(await dueIn(harness), undefined, "the time after a removal");
      await adapter.replay([{ id: "a" }]);
      expectEqual(await dueIn(harness), 0, "the time after a replay");
      await adapter.pause("default");
      expectEqual(await dueIn(harness), undefined, "the time of a paused queue");
      await adapter.resume("default");
      expectEqual(await dueIn(harness), 0, "the time of a resumed queue");
    },
  }),

  defineCase({
    name: "the time until something is due is zero when a claim finds a job, and greater when it finds none",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await enqueue(harness, ["b"], { due: { inMs: MINUTE } });
      expectEqual(await dueIn(harness), 0, "the time");
      await settle(harness, await claimOne(harness, "a"));
      expectEqual(await claim(harness), [], "what a second claim finds");
      expectEqual(await dueIn(harness), MINUTE, "the time when the claim found nothing");
      await harness.pass(MINUTE);
      expectEqual((await claim(harness)).length, 1, "what a claim finds when that time is over");
    },
  }),

  defineCase({
    name: "a listener is called when something becomes due sooner than it was",
    fault: "F58",
    needs: ["Pull", "Notify", "Control"],
    async run(harness) {
      const { adapter } = harness;
      const heard = listen(harness);
      const calls = async (what: string, act: () => Promise<unknown>): Promise<void> => {
        await harness.idle();
        const before = heard.count;
        await act();
        await harness.until(() => heard.count > before, `the listener was called after ${what}`);
      };
      await calls("a delayed enqueue", () => enqueue(harness, ["later"], { due: { inMs: DAY } }));
      await calls("an enqueue that is due now", () => enqueue(harness, ["now"]));
      const job = await claimOne(harness, "now");
      await calls("a retry before the lease's end", () => settle(harness, job, retry(1_000)));
      await calls("a runNow", () => adapter.runNow([{ id: "now" }]));
      const again = await claimOne(harness, "now");
      await settle(harness, again, dead());
      await calls("a replay", () => adapter.replay([{ id: "now" }]));
      await adapter.pause("default");
      await calls("a resume", () => adapter.resume("default"));
      const followed = await claimOne(harness, "now");
      await calls("a follow-up", () =>
        adapter.settle([{ ...leaseOf(followed), outcome: complete, next: [newJob("next")] }]),
      );
    },
  }),

  defineCase({
    name: "a listener is called for a schedule's next time and for its occurrences",
    fault: "F58",
    needs: ["Notify", "Schedules"],
    async run(harness) {
      const report = { name: "report", rule: "every 1h" };
      const { rows } = await harness.adapter.declare([report]);
      const from = rows[0]?.cursor ?? 0;
      const heard = listen(harness);
      await harness.adapter.advance([{ ...report, from, to: from, nextAt: from + HOUR }]);
      await harness.until(() => heard.count > 0, "the listener was called after a schedule got its next time");
      const before = heard.count;
      const job = newJob("report/1", { partition: schedulePartition("report") });
      await harness.adapter.advance([{ ...report, from, to: from + HOUR, nextAt: from + DAY, job }]);
      await harness.until(() => heard.count > before, "the listener was called after an occurrence");
    },
  }),

  defineCase({
    name: "a removed listener is called no more, and the others still are",
    fault: "F140",
    needs: ["Notify"],
    async run(harness) {
      const [gone, stays] = [listen(harness), listen(harness)];
      gone.stop();
      gone.stop();
      await enqueue(harness, ["a"]);
      await harness.until(() => stays.count > 0, "the other listener was called");
      expect(gone.count === 0, `the listener that was taken off was called ${gone.count} times`);
    },
  }),

  defineCase({
    name: "a listener that throws stops no other listener, and fails no call",
    fault: "F58",
    needs: ["Notify"],
    async run(harness) {
      const [before, stop, after] = [listen(harness), harness.adapter.onWake(throws), listen(harness)];
      await enqueue(harness, ["a"]);
      await harness.until(() => before.count > 0 && after.count > 0, "the other listeners were called");
      stop();
    },
  }),

  defineCase({
    name: "a listener that was added twice is called until it was removed twice",
    fault: "F58",
    needs: ["Notify"],
    async run(harness) {
      let heard = 0;
      const listener = (): void => void heard++;
      const first = harness.adapter.onWake(listener);
      const second = harness.adapter.onWake(listener);
      first();
      first();
      await enqueue(harness, ["a"]);
      await harness.idle();
      expect(heard > 0, "the listener should still be called");
      second();
      heard = 0;
      await enqueue(harness, ["b"]);
      await harness.idle();
      expectEqual(heard, 0, "how often it was called once it was taken off");
    },
  }),
];

async function dueIn(harness: Harness<"Wake">, queues: readonly string[] = ["default"]): Promise<number | undefined> {
  return harness.adapter.dueInMs({ queues, schedules: [] });
}

function throws(): void {
  throw new Error("a listener of the suite's, which throws on purpose");
}

function listen(harness: { readonly adapter: Notify }): { count: number; stop(): void } {
  const heard = { count: 0, stop: (): void => stop() };
  const stop = harness.adapter.onWake(() => heard.count++);
  return heard;
}
