import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import {
  HOUR,
  MINUTE,
  SECOND,
  SAME_PARTITION,
  claim,
  dead,
  leaseOf,
  newJob,
  retry,
  settle,
  snooze,
} from "../../jobs.ts";

const NEEDS = ["depth", "Depth", "Pull", "Control", "unique"] as const;
type Bounded = Harness<(typeof NEEDS)[number]>;

const ref = (id: string) => ({ id, ...SAME_PARTITION });
const bounded = (id: string, maxDepth: number, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { ...SAME_PARTITION, maxDepth, ...parts });
const add = ({ adapter }: Bounded, ...jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]> =>
  adapter.enqueue(jobs);
const depthOf = async ({ adapter }: Bounded): Promise<number> => (await adapter.depth("default")).jobs;

const CREATED = { status: "created" } as const;
const full = (most: number): EnqueueAnswer => ({
  status: "failed",
  reason: "full",
  message: `the queue default is full: at least ${most} of its jobs have not ended`,
});

/** How many jobs a queue may have before an enqueue is refused. */
export const depthCases: readonly Case[] = [
  defineCase({
    name: "a job is refused while its queue has as many as it allows, whether they wait, run or are late",
    needs: NEEDS,
    async run(harness) {
      const later = bounded("later", 3, { due: { inMs: HOUR } });
      expectEqual(
        await add(harness, bounded("a", 3), later, bounded("b", 3), bounded("c", 3)),
        [CREATED, CREATED, CREATED, full(3)],
        "the answers",
      );
      const [a, b] = (await claim(harness, 2)).map(leaseOf);
      if (a === undefined || b === undefined) return;
      expectEqual(await add(harness, bounded("c", 3)), [full(3)], "while two run");
      await settle(harness, a, retry(MINUTE));
      await settle(harness, b, snooze(MINUTE));
      expectEqual(await add(harness, bounded("c", 3)), [full(3)], "while they wait again");
      await harness.pass(MINUTE);
      await claim(harness, 2);
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await add(harness, bounded("c", 3)), [full(3)], "when their workers have vanished");
      expectEqual(await add(harness, bounded("c", 4), bounded("d", 4)), [CREATED, full(4)], "with a larger number");
    },
  }),

  defineCase({
    name: "every end of a job makes room, once, and a replay takes it",
    needs: NEEDS,
    async run(harness) {
      const { adapter } = harness;
      const ids = ["done", "gone", "dead", "cancelled", "removed", "runs"];
      await add(harness, ...ids.map((id) => bounded(id, 6, id === "gone" ? { keepMs: 0 } : {})));
      const [done, gone, lost] = (await claim(harness, 3)).map(leaseOf);
      if (done === undefined || gone === undefined || lost === undefined) return;
      const seen = [await depthOf(harness)];
      const look = async (act: Promise<unknown>): Promise<void> => {
        await act;
        seen.push(await depthOf(harness));
      };
      await look(settle(harness, done));
      await look(settle(harness, done));
      await look(settle(harness, gone));
      await look(settle(harness, lost, dead()));
      await look(adapter.cancel([ref("cancelled"), ref("cancelled")]));
      await look(adapter.remove([ref("removed"), ref("done")]));
      await look(adapter.replay([ref("dead")]));
      await look(adapter.replay([ref("cancelled")]));
      expectEqual(seen, [6, 5, 5, 4, 3, 2, 1, 2, 3], "how many have not ended, after each step");
      expectEqual(await add(harness, bounded("x", 4), bounded("y", 4)), [CREATED, full(4)], "the room that is left");
    },
  }),

  defineCase({
    name: "a full queue refuses no job that stands, none without a number, and none of another queue",
    needs: NEEDS,
    async run(harness) {
      await add(harness, bounded("a", 1));
      const elsewhere = bounded("elsewhere", 1, { queue: "other" });
      const free = newJob("free", SAME_PARTITION);
      expectEqual(
        await add(harness, bounded("a", 1), free, elsewhere, bounded("b", 2)),
        [{ status: "duplicate", state: "enqueued" }, CREATED, CREATED, full(2)],
        "the answers",
      );
      expectEqual(
        await add(harness, bounded("b", 3), bounded("b", 3)),
        [CREATED, { status: "duplicate", state: "enqueued" }],
        "an id twice",
      );
    },
  }),

  defineCase({
    name: "in a full queue, a job with a unique key may replace the data of one that waits, and not add one",
    needs: [...NEEDS, "Keys"],
    async run(harness) {
      const keyed = (id: string, key: string): NewJob => bounded(id, 1, { unique: { key, on: "replace" } });
      await add(harness, keyed("a", "k"));
      expectEqual(
        await add(harness, keyed("b", "k"), keyed("c", "l")),
        [{ status: "replaced", id: "a" }, full(1)],
        "the answers while it waits",
      );
      await claim(harness, 1);
      expectEqual(await add(harness, keyed("d", "k")), [full(1)], "the answer while it runs");
      expectEqual(await depthOf(harness), 1, "how many have not ended");
    },
  }),

  defineCase({
    name: "a call with jobs that come after others is refused as a whole, or not at all",
    needs: [...NEEDS, "dependencies", "Inspect"],
    async run(harness) {
      const child = (id: string, parent: string, maxDepth: number): NewJob =>
        bounded(id, maxDepth, { after: { jobs: [ref(parent)], onFailed: "dead" } });
      await add(harness, bounded("a", 2));
      expectEqual(await add(harness, bounded("b", 2), child("c", "b", 2)), [full(2), full(2)], "the answers");
      expectEqual(await harness.adapter.get([ref("b")]), [undefined], "the parent");
      expectEqual(await add(harness, bounded("b", 3), child("c", "b", 3)), [CREATED, CREATED], "with more room");
      expectEqual(
        await add(harness, bounded("b", 3), child("c", "b", 3)),
        [
          { status: "duplicate", state: "enqueued" },
          { status: "duplicate", state: "blocked" },
        ],
        "the same call again",
      );
      await harness.adapter.cancel([ref("b")]);
      expectEqual(await depthOf(harness), 1, "how many have not ended when a child is dead with its parent");
      await harness.adapter.replay([ref("b")]);
      expectEqual(await depthOf(harness), 3, "how many have not ended after its replay");
    },
  }),

  defineCase({
    name: "the depth of a queue tells how many have not ended, and how long the first of those that are due has waited",
    needs: NEEDS,
    async run(harness) {
      const { adapter } = harness;
      expectEqual(await adapter.depth("default"), { jobs: 0, waitedMs: 0 }, "of an unknown queue");
      await add(harness, newJob("free", { ...SAME_PARTITION, due: { inMs: MINUTE } }));
      expectEqual(await adapter.depth("default"), { jobs: 1, waitedMs: 0 }, "with a job that is not due");
      await add(harness, bounded("a", 9), bounded("elsewhere", 9, { queue: "other" }));
      await harness.pass(SECOND);
      expectEqual(await adapter.depth("default"), { jobs: 2, waitedMs: SECOND }, "after a second");
      await claim(harness, 1);
      expectEqual(await adapter.depth("default"), { jobs: 2, waitedMs: 0 }, "while one runs");
    },
  }),

  defineCase({
    name: "a full queue is full after a restart, and has the room that was made before it",
    needs: [...NEEDS, "durable", "reopen"],
    async run(harness) {
      await add(harness, bounded("a", 2), bounded("b", 2));
      await harness.reopen();
      expectEqual(await add(harness, bounded("c", 2)), [full(2)], "the answer");
      await harness.adapter.cancel([ref("a")]);
      await harness.reopen();
      expectEqual(await add(harness, bounded("c", 2), bounded("d", 2)), [CREATED, full(2)], "the answers after an end");
    },
  }),
];
