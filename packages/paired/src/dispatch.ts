import type { Carry, ClaimedJob, ClaimRequest, Inspect, Lease, Renew, Store } from "@longshore/core/adapter";

/** What a dispatch came to. */
export type DispatchResult = {
  /** Jobs that the broker took. */
  readonly carried: number;
  /** Jobs that it did not take; they were given back, without costing an attempt. */
  readonly failed: number;
  /** `maxInFlight` is reached: what waits goes when something settles. */
  readonly full: boolean;
};

export type DispatchContext = { readonly store: Store; readonly broker: Carry; readonly transitMs: number };

export type DispatchDueOptions = DispatchContext & {
  readonly maxInFlight: number;
  readonly queues: readonly string[] | undefined;
};

/** A broker that is away is asked again after this. */
const AWAY_MS = 5_000;
export const MOST_TRANSIT_MS = 3_600_000;

/** Claims what is due, as far as `maxInFlight` leaves room, and sends it. Rejects where the store fails. */
export async function dispatchDue(options: DispatchDueOptions): Promise<DispatchResult> {
  const { store, maxInFlight, queues, transitMs } = options;
  const wanted = await wantedOf(store, maxInFlight, queues);
  if (wanted.queues.length === 0) return { carried: 0, failed: 0, full: wanted.full };
  const jobs = await store.claim({ queues: wanted.queues, leaseMs: transitMs });
  return { ...(await dispatch(jobs, options)), full: wanted.full };
}

/** Sends claimed jobs, and gives back what the broker did not take. Rejects where the store fails. */
export async function dispatch(
  jobs: readonly ClaimedJob[],
  context: DispatchContext,
): Promise<Omit<DispatchResult, "full">> {
  const { store, broker, transitMs } = context;
  await giveTime(store, jobs, transitMs);
  const answers = await broker.carry(jobs);
  const failed = jobs.filter((_, i) => answers[i] !== "sent");
  await giveBack(store, failed);
  return { carried: jobs.length - failed.length, failed: failed.length };
}

type Wanted = { readonly queues: ClaimRequest["queues"]; readonly full: boolean };

/**
 * What a claim should ask for. The unsettled jobs are counted in the store at every look: a number kept elsewhere
 * would be another thing that a crash leaves behind. Room is shared so that a long queue does not starve a short one.
 */
async function wantedOf(store: Inspect, maxInFlight: number, queues: readonly string[] | undefined): Promise<Wanted> {
  const counted = await store.counts(["active", "enqueued", "stalled"]);
  const rows = counted.filter(({ queue }) => queues?.includes(queue) ?? true);
  let room = maxInFlight - rows.reduce((sum, { counts }) => sum + (counts.active ?? 0), 0);
  const due = rows
    .filter(({ paused }) => !paused)
    .map(({ queue, counts }) => ({ name: queue, jobs: (counts.enqueued ?? 0) + (counts.stalled ?? 0) }))
    .filter(({ jobs }) => jobs > 0);
  due.sort((a, b) => a.jobs - b.jobs);
  const full = due.reduce((sum, { jobs }) => sum + jobs, 0) > room;
  const shares = due.map(({ name, jobs }, i) => {
    const limit = Math.max(0, Math.min(jobs, Math.floor(room / (due.length - i))));
    room -= limit;
    return { name, limit };
  });
  return { queues: shares.filter(({ limit }) => limit > 0), full };
}

/**
 * A job that nobody renewed may have been lost with its message, or its message still waits for a consumer. It gets
 * twice as long with each attempt, so that consumers that are away for an hour do not use up attempts that never ran.
 */
async function giveTime(store: Renew, jobs: readonly ClaimedJob[], transitMs: number): Promise<void> {
  const stalled = jobs.filter((job) => job.stalled);
  const longer = [...new Set(stalled.map(({ attempt }) => attempt))].map((attempt) => {
    const ours = stalled.filter((job) => job.attempt === attempt);
    return store.renew(ours.map(leaseOf), Math.min(MOST_TRANSIT_MS, transitMs * 2 ** (attempt - 1)));
  });
  // Where that fails they are on their way for as long as the claim said.
  await Promise.allSettled(longer);
}

async function giveBack(store: Store, jobs: readonly ClaimedJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await store.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: { type: "snooze", delayMs: AWAY_MS } })));
}

export function leaseOf({ id, partition, token }: ClaimedJob): Lease {
  return { id, partition, token };
}
