import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND, TOGETHER, claim, claimNew, enqueue, ids, newJob, retry, settle } from "../../jobs.ts";

export const orderCases: readonly Case[] = [
  defineCase({
    name: "equal jobs are claimed in the order of their enqueue",
    needs: ["Pull", "ordered"],
    async run(kit) {
      await enqueue(kit, ["c", "a"], TOGETHER);
      await enqueue(kit, ["d", "b"], TOGETHER);
      expectEqual(ids([...(await claim(kit, 3)), ...(await claim(kit, 3))]), ["c", "a", "d", "b"], "the order");
    },
  }),

  defineCase({
    name: "a lower priority number is claimed first, whenever it was enqueued",
    needs: ["Pull", "ordered"],
    async run(kit) {
      const priorities = [5, 9, 0, 4, 5, 0];
      for (const [i, priority] of priorities.entries()) {
        await kit.adapter.enqueue([newJob(`${priority}-${i}`, { ...TOGETHER, priority })]);
        await kit.pass(SECOND);
      }
      const order = ["0-2", "0-5", "4-3", "5-0", "5-4", "9-1"];
      expectEqual(ids([...(await claim(kit, 2)), ...(await claim(kit, 9))]), order, "the order");
    },
  }),

  defineCase({
    name: "among equal priorities the one that was due first is claimed first",
    needs: ["Pull", "ordered"],
    async run(kit) {
      await enqueue(kit, ["in-3"], { ...TOGETHER, due: { inMs: 3 * MINUTE } });
      await enqueue(kit, ["in-1"], { ...TOGETHER, due: { inMs: MINUTE } });
      await enqueue(kit, ["at-2"], { ...TOGETHER, due: { at: kit.now() + 2 * MINUTE } });
      await kit.pass(HOUR);
      await enqueue(kit, ["now"], TOGETHER);
      await enqueue(kit, ["past"], { ...TOGETHER, due: { at: kit.now() - 2 * HOUR } });
      expectEqual(ids(await claim(kit, 9)), ["past", "in-1", "at-2", "in-3", "now"], "the order");
    },
  }),

  defineCase({
    name: "a priority counts only among what is due",
    needs: ["Pull", "ordered"],
    async run(kit) {
      await enqueue(kit, ["urgent-later"], { ...TOGETHER, priority: 0, due: { inMs: HOUR } });
      await enqueue(kit, ["now"], { ...TOGETHER, priority: 9 });
      expectEqual(ids(await claim(kit, 9)), ["now"], "what is claimed");
    },
  }),

  defineCase({
    name: "a retry takes its place by the time it is due, behind what was due before",
    needs: ["Pull", "ordered"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "retried", TOGETHER), retry(2 * MINUTE));
      await enqueue(kit, ["before"], { ...TOGETHER, due: { inMs: MINUTE } });
      await enqueue(kit, ["after"], { ...TOGETHER, due: { inMs: 3 * MINUTE } });
      await kit.pass(HOUR);
      expectEqual(ids(await claim(kit, 9)), ["before", "retried", "after"], "the order");
    },
  }),

  defineCase({
    name: "a lease that ended takes its place by priority and by the lease's end",
    needs: ["Pull", "ordered"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      await claimNew(kit, "lost", TOGETHER);
      await enqueue(kit, ["before"], { ...TOGETHER, due: { inMs: leaseMs - 2 * SECOND } });
      await enqueue(kit, ["after"], { ...TOGETHER, due: { inMs: leaseMs + 2 * SECOND } });
      await enqueue(kit, ["urgent"], { ...TOGETHER, due: { inMs: leaseMs + 4 * SECOND }, priority: 1 });
      await kit.pass(leaseMs + MINUTE);
      expectEqual(ids(await claim(kit, 9)), ["urgent", "before", "lost", "after"], "the order");
    },
  }),
];
