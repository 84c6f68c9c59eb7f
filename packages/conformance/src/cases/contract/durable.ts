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
    async run(kit) {
      await enqueue(kit, ["now"]);
      await enqueue(kit, ["later"], { due: { inMs: HOUR } });
      await kit.reopen();
      expectEqual(ids(await work(kit)), ["now"], "what runs at once");
      await kit.pass(HOUR);
      expectEqual(ids(await work(kit)), ["later"], "what runs an hour later");
    },
  }),

  defineCase({
    name: "a restart shortens no lease and hands no job out twice",
    needs: ["durable", "Pull", "Renew", "reopen"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      await kit.reopen();
      expectEqual(await claim(kit), [], "what is claimed after the restart");
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the renewal");
      await kit.reopen();
      expectEqual(await settle(kit, job), "accepted", "the settlement");
    },
  }),

  defineCase({
    name: "a restart fences nobody less: tokens go on growing",
    fault: "F17",
    needs: ["durable", "Pull", "fenced", "reopen"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const first = await claimNew(kit, "a", { keepMs: 0 });
      await settle(kit, await claimNew(kit, "b", { keepMs: 0 }));
      await kit.pass(leaseMs);
      await kit.reopen();
      const second = await claimOne(kit, "a");
      expect(second.token > first.token, `the token ${second.token} should be greater than ${first.token}`);
      await settle(kit, second);
      await kit.reopen();
      const third = await claimNew(kit, "a");
      expect(third.token > second.token, `the token ${third.token} should be greater than ${second.token}`);
      expectEqual(await settle(kit, second), "stale", "the settlement by a token of before");
    },
  }),

  defineCase({
    name: "what is known of a job survives the end of the process",
    needs: ["durable", "Pull", "Inspect", "reopen"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "completed"), { type: "complete", result: '"done"' });
      await settle(kit, await claimNew(kit, "dead"), dead("beyond help"));
      await settle(kit, await claimNew(kit, "failed"), retry(MINUTE));
      await claimNew(kit, "running");
      const names = ["completed", "dead", "failed", "running"];
      const before = await Promise.all(names.map((id) => row(kit, id)));
      const counts = await kit.adapter.counts();
      await kit.reopen();
      expectEqual(await Promise.all(names.map((id) => row(kit, id))), before, "the rows");
      expectEqual(await kit.adapter.counts(), counts, "the counts");
      expectEqual(
        await kit.adapter.enqueue([newJob("completed")]),
        [{ status: "duplicate", state: "completed" }],
        "a second enqueue",
      );
    },
  }),

  defineCase({
    name: "a settlement is repeated across a restart without effect",
    fault: "F75",
    needs: ["durable", "Pull", "Inspect", "reopen"],
    async run(kit) {
      const [a, b] = [await claimNew(kit, "a"), await claimNew(kit, "b")];
      await settle(kit, a, retry(MINUTE));
      await settle(kit, b);
      const before = [await row(kit, "a"), await row(kit, "b")];
      await kit.reopen();
      expectEqual(await settle(kit, a, retry(MINUTE)), "repeated", "the answer to the retry");
      expectEqual(await settle(kit, b), "repeated", "the answer to the completion");
      expectEqual([await row(kit, "a"), await row(kit, "b")], before, "the rows");
    },
  }),

  defineCase({
    name: "paused queues stay paused through a restart",
    needs: ["durable", "Pull", "Control", "reopen"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await kit.adapter.pause("default");
      await kit.reopen();
      expectEqual(await claim(kit), [], "what is claimed after the restart");
      await kit.adapter.resume("default");
      await claimOne(kit, "a");
    },
  }),

  defineCase({
    name: "a schedule's cursor and its wake-up survive a restart",
    fault: "F58",
    needs: ["durable", "Schedules", "Wake", "reopen"],
    async run(kit) {
      const report = { name: "report", rule: "every 1h" };
      const { rows } = await kit.adapter.declare([report]);
      const from = rows[0]?.cursor ?? 0;
      const nextAt = from + HOUR;
      await kit.adapter.advance([{ ...report, from, to: from + 1, nextAt }]);
      await kit.reopen();
      expectEqual((await kit.adapter.declare([report])).rows, [{ cursor: from + 1, nextAt }], "the row");
      expectEqual(await kit.adapter.dueInMs({ queues: [], schedules: [report] }), HOUR, "the time to wake up");
      const late = await kit.adapter.advance([{ ...report, from, to: nextAt }]);
      expectEqual(late, [{ status: "behind" }], "who is behind");
    },
  }),

  defineCase({
    name: "the time to wake up after a restart is that of the earliest job or lease",
    fault: "F58",
    needs: ["durable", "Pull", "Wake", "reopen"],
    async run(kit) {
      const dueIn = (): Promise<number | undefined> => kit.adapter.dueInMs({ queues: ["default"], schedules: [] });
      await enqueue(kit, ["later"], { due: { inMs: HOUR } });
      await kit.reopen();
      expectEqual(await dueIn(), HOUR, "the time with a delayed job");
      await claimNew(kit, "a");
      await kit.reopen();
      expectEqual(await dueIn(), kit.adapter.traits.leaseMs, "the time with a lease");
    },
  }),
];
