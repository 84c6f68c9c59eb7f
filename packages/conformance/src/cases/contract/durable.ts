import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  claim,
  claimNew,
  claimOne,
  dead,
  enqueue,
  ids,
  leaseOf,
  newJob,
  retry,
  row,
  settle,
  work,
} from "../../jobs.ts";

export const durableCases: readonly Case[] = [
  defineCase({
    name: "an acknowledged job survives the end of the process",
    needs: ["durable", "work", "reopen"],
    async run(harness) {
      await enqueue(harness, ["now"]);
      await enqueue(harness, ["later"], { due: { inMs: HOUR } });
      await harness.reopen();
      expectEqual(ids(await work(harness)), ["now"], "what runs at once");
      await harness.pass(HOUR);
      expectEqual(ids(await work(harness)), ["later"], "what runs an hour later");
    },
  }),

  defineCase({
    name: "a restart shortens no lease and hands no job out twice",
    needs: ["durable", "Pull", "Renew", "reopen"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.reopen();
      expectEqual(await claim(harness), [], "what is claimed after the restart");
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the renewal");
      await harness.reopen();
      expectEqual(await settle(harness, job), "accepted", "the settlement");
    },
  }),

  defineCase({
    name: "tokens go on growing after a restart, so that earlier workers stay fenced",
    fault: "F17",
    needs: ["durable", "Pull", "fenced", "reopen"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const first = await claimNew(harness, "a", { keepMs: 0 });
      await settle(harness, await claimNew(harness, "b", { keepMs: 0 }));
      await harness.pass(leaseMs);
      await harness.reopen();
      const second = await claimOne(harness, "a");
      expect(second.token > first.token, `the token ${second.token} should be greater than ${first.token}`);
      await settle(harness, second);
      await harness.reopen();
      const third = await claimNew(harness, "a");
      expect(third.token > second.token, `the token ${third.token} should be greater than ${second.token}`);
      expectEqual(await settle(harness, second), "stale", "the settlement by a token of before");
    },
  }),

  defineCase({
    name: "what is known of a job survives the end of the process",
    needs: ["durable", "Pull", "Inspect", "reopen"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "completed"), { type: "complete", result: '"done"' });
      await settle(harness, await claimNew(harness, "dead"), dead("beyond help"));
      await settle(harness, await claimNew(harness, "failed"), retry(MINUTE));
      await claimNew(harness, "running");
      const names = ["completed", "dead", "failed", "running"];
      const before = await Promise.all(names.map((id) => row(harness, id)));
      const counts = await harness.adapter.counts();
      await harness.reopen();
      expectEqual(await Promise.all(names.map((id) => row(harness, id))), before, "the rows");
      expectEqual(await harness.adapter.counts(), counts, "the counts");
      expectEqual(
        await harness.adapter.enqueue([newJob("completed")]),
        [{ status: "duplicate", state: "completed" }],
        "a second enqueue",
      );
    },
  }),

  defineCase({
    name: "a settlement is repeated across a restart without effect",
    fault: "F75",
    needs: ["durable", "Pull", "Inspect", "reopen"],
    async run(harness) {
      const [a, b] = [await claimNew(harness, "a"), await claimNew(harness, "b")];
      await settle(harness, a, retry(MINUTE));
      await settle(harness, b);
      const before = [await row(harness, "a"), await row(harness, "b")];
      await harness.reopen();
      expectEqual(await settle(harness, a, retry(MINUTE)), "repeated", "the answer to the retry");
      expectEqual(await settle(harness, b), "repeated", "the answer to the completion");
      expectEqual([await row(harness, "a"), await row(harness, "b")], before, "the rows");
    },
  }),

  defineCase({
    name: "paused queues stay paused through a restart",
    needs: ["durable", "Pull", "Control", "reopen"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await harness.adapter.pause("default");
      await harness.reopen();
      expectEqual(await claim(harness), [], "what is claimed after the restart");
      await harness.adapter.resume("default");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "a schedule's cursor and its wake-up survive a restart",
    fault: "F58",
    needs: ["durable", "Schedules", "Wake", "reopen"],
    async run(harness) {
      const report = { name: "report", rule: "every 1h" };
      const { rows } = await harness.adapter.declare([report]);
      const from = rows[0]?.cursor ?? 0;
      const nextAt = from + HOUR;
      await harness.adapter.advance([{ ...report, from, to: from + 1, nextAt }]);
      await harness.reopen();
      expectEqual((await harness.adapter.declare([report])).rows, [{ cursor: from + 1, nextAt }], "the row");
      expectEqual(await harness.adapter.dueInMs({ queues: [], schedules: [report] }), HOUR, "the time to wake up");
      const late = await harness.adapter.advance([{ ...report, from, to: nextAt }]);
      expectEqual(late, [{ status: "behind" }], "who is behind");
    },
  }),

  defineCase({
    name: "the time to wake up after a restart is that of the earliest job or lease",
    fault: "F58",
    needs: ["durable", "Pull", "Wake", "reopen"],
    async run(harness) {
      const dueIn = (): Promise<number | undefined> => harness.adapter.dueInMs({ queues: ["default"], schedules: [] });
      await enqueue(harness, ["later"], { due: { inMs: HOUR } });
      await harness.reopen();
      expectEqual(await dueIn(), HOUR, "the time with a delayed job");
      await claimNew(harness, "a");
      await harness.reopen();
      expectEqual(await dueIn(), harness.adapter.traits.leaseMs, "the time with a lease");
    },
  }),
];
