import type { ClaimedJob, NewJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import {
  MINUTE,
  SAME_PARTITION,
  SECOND,
  claim,
  claimOne,
  complete,
  ids,
  leaseOf,
  newJob,
  retry,
  settle,
  snooze,
  stateOf as stateIn,
} from "../../jobs.ts";

type Expiring = Harness<"expiry" | "ordered" | "Pull" | "Inspect" | "Control" | "Wake">;
const NEEDS = ["expiry", "ordered", "Pull", "Inspect", "Control", "Wake"] as const;

const brief = (id: string, parts: Partial<NewJob> = {}): NewJob =>
  newJob(id, { ...SAME_PARTITION, startWithinMs: MINUTE, ...parts });
const ref = (id: string) => ({ id, ...SAME_PARTITION });
const stateOf = (harness: Expiring, id: string): Promise<string> => stateIn(harness, id, SAME_PARTITION.partition);

async function add(harness: Expiring, ...jobs: readonly NewJob[]): Promise<void> {
  await harness.adapter.enqueue(jobs);
}

/** The ids that a claim gets, sorted, with a mark at those that have expired. */
async function told(harness: Expiring, limit = 9): Promise<readonly string[]> {
  return (await claim(harness, limit)).map(({ id, expired }) => (expired ? `${id} expired` : id)).sort();
}

export const expiryCases: readonly Case[] = [
  defineCase({
    name: "a job whose first attempt has not begun in time is cancelled by the claim, which tells it and leases it to nobody",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a", { payload: '"private"' }), newJob("b", SAME_PARTITION));
      await harness.pass(MINUTE + 1);
      expectEqual(await harness.adapter.dueInMs({ queues: ["default"], schedules: [] }), 0, "when a claim finds it");
      const jobs = await claim(harness, 9);
      expectEqual(
        jobs.map(({ id, expired = false }) => [id, expired]).sort(),
        [
          ["a", true],
          ["b", false],
        ],
        "the claim",
      );
      const [late] = jobs.filter(({ expired }) => expired) as [ClaimedJob];
      const { token, attempt, payload, stalled, ageMs, waitedMs } = late;
      expectEqual([token, attempt, payload, stalled], [0, 0, "", false], "what the claim tells of it");
      expectEqual([ageMs, waitedMs], [MINUTE + 1, MINUTE + 1], "its times");
      const [row] = await harness.adapter.get([ref("a")]);
      expectEqual([row?.state, row?.attempt, row?.payload], ["cancelled", 0, '"private"'], "its row");
      const message = `expired: no attempt had begun ${MINUTE} ms after it could`;
      expectEqual(
        row?.failures.map((failure) => failure.message),
        [message],
        "the reason in its row",
      );
      expectEqual(await told(harness), [], "a second claim");
      await settle(harness, late);
      expectEqual(await stateOf(harness, "a"), "cancelled", "its state after a settlement of what nobody holds");
    },
  }),

  defineCase({
    name: "a job that begins in the last moment runs, and its later attempts may begin at any time",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a"), brief("b"));
      await harness.pass(MINUTE);
      const [a] = await claim(harness, 1);
      if (a !== undefined) await settle(harness, a, retry(MINUTE));
      await claimOne(harness, "b");
      await harness.pass(10 * MINUTE);
      expectEqual(await told(harness), ["a", "b"], "the retry, and the job whose worker vanished");
    },
  }),

  defineCase({
    name: "the time to begin counts from the end of the delay",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a", { due: { inMs: 5 * MINUTE } }), brief("b", { due: { inMs: 5 * MINUTE + 1 } }));
      await harness.pass(6 * MINUTE + 1);
      expectEqual(await told(harness), ["a expired", "b"], "the claim");
    },
  }),

  defineCase({
    name: "a claim that is given back does not make the time longer",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a"));
      await settle(harness, await claimOne(harness, "a"), snooze(MINUTE));
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), snooze());
      await harness.pass(1);
      expectEqual(await told(harness), ["a expired"], "the claim");
    },
  }),

  defineCase({
    name: "a replay, and the operator who runs a job at once, give it its whole time",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a"), brief("b", { due: { inMs: MINUTE } }));
      await harness.pass(MINUTE + 1);
      await add(harness, brief("c", { due: { inMs: 10 * MINUTE } }));
      expectEqual(await told(harness, 1), ["a expired"], "the claim");
      await harness.pass(MINUTE - 1);
      await harness.adapter.runNow([ref("c")]);
      await harness.adapter.replay([ref("a")]);
      expectEqual(await stateOf(harness, "a"), "enqueued", "its state");
      await harness.pass(MINUTE);
      expectEqual(await told(harness), ["a", "b expired", "c"], "the claim");
    },
  }),

  defineCase({
    name: "a job that is run at once must begin in its time from then on, not from when it would have been due",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a", { due: { inMs: 10 * MINUTE } }));
      await harness.adapter.runNow([ref("a")]);
      await harness.pass(MINUTE + 1);
      expectEqual(await told(harness), ["a expired"], "the claim");
    },
  }),

  defineCase({
    name: "a new due time counts anew, and other changes do not",
    needs: [...NEEDS, "Update"],
    async run(harness) {
      await add(harness, brief("a"), brief("b"));
      await harness.pass(MINUTE);
      const changes = [
        { ...ref("a"), name: "work", due: { inMs: 0 } },
        { ...ref("b"), name: "work", priority: 0 },
      ];
      await harness.adapter.update(changes);
      await harness.pass(1);
      expectEqual(await told(harness), ["a", "b expired"], "the claim");
    },
  }),

  defineCase({
    name: "a job that has expired counts as one of those that a claim asked for, and nothing is lost behind it",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ...["a", "b", "c"].map((id) => brief(id)));
      await harness.pass(MINUTE + 1);
      await add(harness, brief("d"), brief("e"));
      expectEqual(await told(harness, 2), ["a expired", "b expired"], "a claim of two");
      expectEqual(await told(harness, 2), ["c expired", "d"], "the next");
      expectEqual(await told(harness, 2), ["e"], "the last");
    },
  }),

  defineCase({
    name: "nothing is kept of a job that has expired if nothing is to be kept, and its id is free",
    needs: NEEDS,
    async run(harness) {
      await add(harness, brief("a", { keepMs: 0 }));
      await harness.pass(MINUTE + 1);
      expectEqual(await told(harness), ["a expired"], "the claim");
      expectEqual(await stateOf(harness, "a"), "gone", "its row");
      await add(harness, brief("a"));
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "a job that has expired buries those that come after it, or lets them run, as a cancelled one does",
    needs: [...NEEDS, "dependencies"],
    async run(harness) {
      const after = (onFailed: "dead" | "run") => ({ startWithinMs: undefined, after: { jobs: [ref("a")], onFailed } });
      await add(harness, brief("a"), brief("b", after("dead")), brief("c", after("run")));
      await harness.pass(MINUTE + 1);
      const first = await told(harness);
      const all = [...first, ...(await told(harness))];
      expectEqual(all.sort(), ["a expired", "c"], "what claims get");
      const [b] = await harness.adapter.get([ref("b")]);
      const message = "The job a, which this one comes after, was cancelled.";
      expectEqual([b?.state, b?.failures[0]?.message], ["dead", message], "the other child");
    },
  }),

  defineCase({
    name: "the time to begin of a job that comes after others counts from the end of the last",
    needs: [...NEEDS, "dependencies", "Renew"],
    async run(harness) {
      const jobs = [ref("a")];
      await add(harness, newJob("a", SAME_PARTITION), brief("b", { after: { jobs, onFailed: "dead" } }));
      const parent = await claimOne(harness, "a");
      await harness.adapter.renew([leaseOf(parent)], 10 * MINUTE);
      await harness.pass(5 * MINUTE);
      await settle(harness, parent, complete);
      await harness.pass(MINUTE);
      expectEqual(await told(harness), ["b"], "the claim");
    },
  }),

  defineCase({
    name: "behind a key at its limit the time goes on, and one that has expired makes way for the next",
    needs: [...NEEDS, "limits", "Renew"],
    async run(harness) {
      const limits = { key: "k", running: 1 };
      await add(harness, ...["a", "b"].map((id) => brief(id, { limits })));
      await add(harness, newJob("c", { ...SAME_PARTITION, limits }));
      const running = await claimOne(harness, "a");
      await harness.pass(MINUTE - SECOND);
      await harness.adapter.renew([leaseOf(running)], MINUTE);
      await harness.pass(SECOND + 1);
      await settle(harness, running);
      const first = await told(harness);
      expectEqual([...first, ...(await told(harness))].sort(), ["b expired", "c"], "what claims get");
    },
  }),

  defineCase({
    name: "a job that starts in the claim that frees another before it, by the end of a late one, takes one place of its key",
    needs: [...NEEDS, "limits", "dependencies"],
    async run(harness) {
      const limits = { key: "k", running: 2 };
      const limited = (id: string): NewJob => newJob(id, { ...SAME_PARTITION, limits });
      const after = { jobs: [ref("a")], onFailed: "run" } as const;
      await add(harness, brief("a"), newJob("b", { ...SAME_PARTITION, after }));
      await harness.pass(MINUTE + 1);
      await add(harness, limited("c"));
      const jobs = [...(await claim(harness, 9)), ...(await claim(harness, 9))];
      expectEqual([...ids(jobs)].sort(), ["a", "b", "c"], "what claims get");
      for (const job of jobs) if (!job.expired) await settle(harness, job);
      await add(harness, limited("d"), limited("e"));
      expectEqual(await told(harness), ["d", "e"], "what runs beside each other");
    },
  }),

  defineCase({
    name: "a job that has expired gives up its unique key",
    needs: [...NEEDS, "Keys"],
    async run(harness) {
      const unique = { key: "n:default:work:1", on: "keep" } as const;
      await add(harness, brief("a", { unique }));
      await harness.pass(MINUTE + 1);
      expectEqual(ids(await claim(harness, 9)), ["a"], "the claim");
      const [answer] = await harness.adapter.enqueue([brief("b", { unique })]);
      expectEqual(answer, { status: "created" }, "the next enqueue");
      await claimOne(harness, "b");
    },
  }),
];
