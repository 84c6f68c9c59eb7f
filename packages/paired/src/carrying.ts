import type { Carry, ClaimedJob, ClaimRequest, Inspect, Lease, Renew, Store } from "@longshore/core/adapter";

/** The result of a dispatch. */
export type DispatchResult = {
  /** How many jobs the broker took. */
  readonly carried: number;
  /** How many jobs the broker did not take. They were given back, without costing an attempt. */
  readonly failed: number;
  /** How many jobs the store cancelled because they had not begun in time (`startWithin`). Left out if there are none. */
  readonly expired?: number;
  /** True if `maxInFlight` is reached. Waiting jobs are sent when others settle. */
  readonly full: boolean;
};

type Sent = Omit<DispatchResult, "full">;

export type DispatchContext = { readonly store: Store; readonly broker: Carry; readonly transitMs: number };

export type DispatchDueOptions = DispatchContext & {
  readonly maxInFlight: number;
  readonly queues: readonly string[] | undefined;
  readonly priorityAgeMs: number | undefined;
};

/** How long to wait before asking an unavailable broker again. */
const AWAY_MS = 5_000;
export const MOST_TRANSIT_MS = 3_600_000;

/** Claims due jobs, up to `maxInFlight`, and sends them. Rejects if the store fails. */
export async function dispatchDue(options: DispatchDueOptions): Promise<DispatchResult> {
  const { store, maxInFlight, queues, transitMs, priorityAgeMs } = options;
  const terms = { leaseMs: transitMs, ...(priorityAgeMs !== undefined && { priorityAgeMs }) };
  for (let before: Sent = { carried: 0, failed: 0 }; ;) {
    const wanted = await wantedOf(store, maxInFlight, queues);
    if (wanted.queues.length === 0) return { ...before, full: wanted.full };
    const jobs = await store.claim({ queues: wanted.queues, ...terms });
    const sent = await dispatch(jobs, options);
    const expired = (before.expired ?? 0) + (sent.expired ?? 0);
    const carried = before.carried + sent.carried;
    before = { carried, failed: before.failed + sent.failed, ...(expired > 0 && { expired }) };
    // Others may be due in their place.
    if (sent.expired === undefined) return { ...before, full: wanted.full };
  }
}

/** Sends claimed jobs, and gives back those that the broker did not take. Rejects if the store fails. */
export async function dispatch(claimed: readonly ClaimedJob[], context: DispatchContext): Promise<Sent> {
  const { store, broker, transitMs } = context;
  const jobs = claimed.filter(({ expired }) => !expired);
  const expired = claimed.length - jobs.length;
  await giveTime(store, jobs, transitMs);
  const answers = await broker.carry(jobs);
  const failed = jobs.filter((_, i) => answers[i] !== "sent");
  await giveBack(store, failed);
  return { carried: jobs.length - failed.length, failed: failed.length, ...(expired > 0 && { expired }) };
}

type Wanted = { readonly queues: ClaimRequest["queues"]; readonly full: boolean };

/**
 * How many jobs to claim from each queue. Unsettled jobs are counted in the store each time: a counter kept elsewhere
 * would be wrong after a crash. The room is shared, so that a long queue does not starve a short one.
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
 * Extends the leases of stalled jobs. Such a job was lost with its message, or its message still waits for a consumer.
 * Each attempt doubles the time, so that an hour without consumers does not use up attempts that never ran.
 */
async function giveTime(store: Renew, jobs: readonly ClaimedJob[], transitMs: number): Promise<void> {
  const stalled = jobs.filter((job) => job.stalled);
  const longer = [...new Set(stalled.map(({ attempt }) => attempt))].map((attempt) => {
    const ours = stalled.filter((job) => job.attempt === attempt);
    return store.renew(ours.map(leaseOf), Math.min(MOST_TRANSIT_MS, transitMs * 2 ** (attempt - 1)));
  });
  // If a renewal fails, the lease of the claim stands.
  await Promise.allSettled(longer);
}

async function giveBack(store: Store, jobs: readonly ClaimedJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await store.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: { type: "snooze", delayMs: AWAY_MS } })));
}

export function leaseOf({ id, partition, token }: ClaimedJob): Lease {
  return { id, partition, token };
}
