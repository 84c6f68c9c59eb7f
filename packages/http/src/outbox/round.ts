import type { Adapter, ClaimedJob, Enqueue, Inspect, Outcome, Pull } from "@longshore/core/adapter";
import type { Platform } from "@longshore/core";
import { type Handed, handOverWhole } from "./hand-over.ts";

export type Round = {
  /** How many jobs the server has now, and how many it refused for good. */
  readonly accepted: number;
  readonly refused: number;
  /** Why the server did not take the rest; undefined if nothing is left. */
  readonly away?: string | undefined;
};

export type RoundOptions = {
  readonly local: Adapter & Pull & Inspect;
  readonly remote: Enqueue;
  readonly queues: readonly string[];
  readonly keepMs: number;
  readonly ordered: boolean;
  /** How long a job that the server did not take is left alone. */
  readonly awayMs: number;
  /** How long jobs are held while they are handed over. */
  readonly leaseMs: number;
  readonly platform: Platform;
};

const MOST_CLAIMED = 100;
/** A request of any server holds this. In characters of the payloads. */
const MOST_CHARACTERS = 1_000_000;

/**
 * Hands over what is due. In order: all that is due is claimed before anything is sent, and sent by age; for that,
 * nobody else may hold a job of these queues.
 */
export async function runRound(options: RoundOptions): Promise<Round> {
  const { local, queues, ordered, platform, leaseMs } = options;
  let accepted = 0;
  let refused = 0;
  for (;;) {
    const claimedAt = platform.monotonic();
    const jobs = await claimDue(options);
    if (jobs.length === 0) return { accepted, refused };
    if (ordered && (await heldBy(local, queues)) > jobs.length) {
      await release(options, jobs, "another outbox holds jobs of these queues");
      return { accepted, refused, away: "Another outbox holds jobs of these queues, or did until it ended." };
    }
    const left = [...jobs];
    while (left.length > 0) {
      // Before the leases end, so that nobody else begins with what is sent here.
      if (platform.monotonic() - claimedAt > leaseMs / 2) {
        await release(options, left, undefined);
        break;
      }
      const batch = left.splice(0, batchSize(left));
      const handed = await handOverWhole(batch, local, options.remote, options.keepMs);
      const away = handed.find((one) => one.type === "away");
      const rest = away === undefined ? [] : left.splice(0);
      await local.settle([
        ...batch.map((job, i) => settlement(job, outcomeOf(handed[i], options))),
        ...rest.map((job) => settlement(job, snoozed(options, away?.reason))),
      ]);
      accepted += handed.filter(({ type }) => type === "accepted").length;
      refused += handed.filter(({ type }) => type === "refused").length;
      if (away !== undefined) return { accepted, refused, away: away.reason };
    }
  }
}

async function claimDue({ local, queues, ordered, leaseMs }: RoundOptions): Promise<ClaimedJob[]> {
  const request = { queues: queues.map((name) => ({ name, limit: MOST_CLAIMED })), leaseMs };
  const jobs: ClaimedJob[] = [];
  for (let more = true; more;) {
    const next = await local.claim(request);
    // Those that have expired are cancelled.
    jobs.push(...next.filter(({ expired }) => !expired));
    more = next.length > 0 && (ordered || jobs.length === 0);
  }
  if (!ordered) return jobs;
  // Jobs that were given back are due later than those which came after them; their age is still that of their enqueue.
  return jobs.sort((a, b) => b.ageMs - a.ageMs);
}

async function heldBy(local: Inspect, queues: readonly string[]): Promise<number> {
  const counts = await local.counts(["active"]);
  return counts.reduce((sum, { queue, counts }) => sum + (queues.includes(queue) ? (counts.active ?? 0) : 0), 0);
}

function batchSize(jobs: readonly ClaimedJob[]): number {
  let characters = 0;
  const full = jobs.findIndex(
    ({ payload }, i) => (characters += payload.length) > MOST_CHARACTERS || i >= MOST_CLAIMED,
  );
  return full < 0 ? jobs.length : Math.max(1, full);
}

function outcomeOf(handed: Handed | undefined, options: RoundOptions): Outcome {
  switch (handed?.type) {
    case "accepted":
      return { type: "complete", result: JSON.stringify(handed.answer) };
    case "refused":
      return { type: "dead", failure: handed.failure };
    default:
      return snoozed(options, handed?.reason);
  }
}

/** In order, all are due at once again; the outbox itself waits. A snooze costs no attempt. */
function snoozed({ ordered, awayMs }: RoundOptions, reason: string | undefined): Outcome {
  return { type: "snooze", delayMs: ordered ? 0 : awayMs, reason: reason?.slice(0, 200) };
}

function settlement({ id, partition, token }: ClaimedJob, outcome: Outcome) {
  return { id, partition, token, outcome };
}

async function release(
  { local }: RoundOptions,
  jobs: readonly ClaimedJob[],
  reason: string | undefined,
): Promise<void> {
  await local.settle(jobs.map((job) => settlement(job, { type: "snooze", delayMs: 0, reason })));
}
