import type { CarriedRunner, ClaimedJob, JobRunner, Store } from "@longshore/core/adapter";
import { restorePayloads } from "./payloads.ts";
import { leaseOf } from "./dispatch.ts";

/**
 * What runs in this process, by token, and since when, oldest first: two messages of one claim share its token, and
 * the store would take them for one worker.
 */
export type Running = Map<number, number>;

/** Longer than any run: what is older belongs to a request that the runtime ended. */
const FORGOTTEN_MS = 3_600_000;

/**
 * The consumer's side: lets a worker run those of the carried jobs whose lease is still theirs. What was cancelled,
 * settled or claimed by somebody else since is forgotten. Rejects where the store fails: the leases run out then.
 */
export function createRunner(store: Store, worker: JobRunner, clock: () => number, running: Running): CarriedRunner {
  const { leaseMs } = store.traits;

  const first = (jobs: readonly ClaimedJob[]): ClaimedJob[] => {
    const now = clock();
    for (const [token, since] of running) {
      if (now - since < FORGOTTEN_MS) break;
      running.delete(token);
    }
    return jobs.filter(({ token }) => !running.has(token) && running.set(token, now));
  };

  const stillOurs = async (jobs: readonly ClaimedJob[]): Promise<readonly ClaimedJob[]> => {
    // First the payloads, then the leases: a lease that holds now held all along, so the row was the same one.
    const whole = await restorePayloads(jobs, store);
    if (whole.length === 0) return [];
    const sentAt = clock();
    const answers = await store.renew(whole.map(leaseOf), leaseMs);
    // The worker will count the lease from now, the store counted it from then.
    if (clock() - sentAt > leaseMs / 2) return [];
    return whole.filter((_, i) => answers[i] === "held");
  };

  return {
    async runCarried(jobs) {
      const taken = first(jobs);
      try {
        const held = await stillOurs(taken);
        if (held.length > 0) await worker.run(held);
      } finally {
        for (const { token } of taken) running.delete(token);
      }
    },
  };
}
