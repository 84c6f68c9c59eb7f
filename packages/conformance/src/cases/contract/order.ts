import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SECOND,
  SAME_PARTITION,
  claim,
  claimNew,
  enqueue,
  ids,
  newJob,
  retry,
  settle,
} from "../../jobs.ts";

export const orderCases: readonly Case[] = [
  defineCase({
    name: "equal jobs are claimed in the order of their enqueue",
    needs: ["Pull", "ordered"],
    async run(harness) {
      await enqueue(harness, ["c", "a"], SAME_PARTITION);
      await enqueue(harness, ["d", "b"], SAME_PARTITION);
      expectEqual(ids([...(await claim(harness, 3)), ...(await claim(harness, 3))]), ["c", "a", "d", "b"], "the order");
    },
  }),

  defineCase({
    name: "a lower priority number is claimed first, whenever it was enqueued",
    needs: ["Pull", "ordered"],
    async run(harness) {
      const priorities = [5, 9, 0, 4, 5, 0];
      for (const [i, priority] of priorities.entries()) {
        await harness.adapter.enqueue([newJob(`${priority}-${i}`, { ...SAME_PARTITION, priority })]);
        await harness.pass(SECOND);
      }
      const order = ["0-2", "0-5", "4-3", "5-0", "5-4", "9-1"];
      expectEqual(ids([...(await claim(harness, 2)), ...(await claim(harness, 9))]), order, "the order");
    },
  }),

  defineCase({
    name: "among equal priorities the one that was due first is claimed first",
    needs: ["Pull", "ordered"],
    async run(harness) {
      await enqueue(harness, ["in-3"], { ...SAME_PARTITION, due: { inMs: 3 * MINUTE } });
      await enqueue(harness, ["in-1"], { ...SAME_PARTITION, due: { inMs: MINUTE } });
      await enqueue(harness, ["at-2"], { ...SAME_PARTITION, due: { at: harness.now() + 2 * MINUTE } });
      await harness.pass(HOUR);
      await enqueue(harness, ["now"], SAME_PARTITION);
      await enqueue(harness, ["past"], { ...SAME_PARTITION, due: { at: harness.now() - 2 * HOUR } });
      expectEqual(ids(await claim(harness, 9)), ["past", "in-1", "at-2", "in-3", "now"], "the order");
    },
  }),

  defineCase({
    name: "a priority counts only among what is due",
    needs: ["Pull", "ordered"],
    async run(harness) {
      await enqueue(harness, ["urgent-later"], { ...SAME_PARTITION, priority: 0, due: { inMs: HOUR } });
      await enqueue(harness, ["now"], { ...SAME_PARTITION, priority: 9 });
      expectEqual(ids(await claim(harness, 9)), ["now"], "what is claimed");
    },
  }),

  defineCase({
    name: "a retry takes its place by the time it is due, behind what was due before",
    needs: ["Pull", "ordered"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "retried", SAME_PARTITION), retry(2 * MINUTE));
      await enqueue(harness, ["before"], { ...SAME_PARTITION, due: { inMs: MINUTE } });
      await enqueue(harness, ["after"], { ...SAME_PARTITION, due: { inMs: 3 * MINUTE } });
      await harness.pass(HOUR);
      expectEqual(ids(await claim(harness, 9)), ["before", "retried", "after"], "the order");
    },
  }),

  defineCase({
    name: "a lease that ended takes its place by priority and by the lease's end",
    needs: ["Pull", "ordered"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      await claimNew(harness, "lost", SAME_PARTITION);
      await enqueue(harness, ["before"], { ...SAME_PARTITION, due: { inMs: leaseMs - 2 * SECOND } });
      await enqueue(harness, ["after"], { ...SAME_PARTITION, due: { inMs: leaseMs + 2 * SECOND } });
      await enqueue(harness, ["urgent"], { ...SAME_PARTITION, due: { inMs: leaseMs + 4 * SECOND }, priority: 1 });
      await harness.pass(leaseMs + MINUTE);
      expectEqual(ids(await claim(harness, 9)), ["urgent", "before", "lost", "after"], "the order");
    },
  }),
];
