import { LongshoreError } from "@longshore/core";
import type { CarriedRunner, ClaimedJob, JobRunner, Store } from "@longshore/core/adapter";
import { restorePayloads } from "./payloads.ts";
import { leaseOf } from "./carrying.ts";

/**
 * The jobs running in this process: start time by token, oldest first. Two copies of a message share one token, and the
 * store would take both for one worker.
 */
export type Running = Map<number, number>;

const NO_AGE =
  "A worker of a pair's runner claims nothing, so its `priorityAge` would have no effect. Give it to the pair: paired(store, broker, { priorityAge }).";

/** Longer than any run: an older entry belongs to a request that the runtime ended. */
const FORGOTTEN_MS = 3_600_000;

/**
 * Makes the consumer's runner: a worker runs only the carried jobs whose lease is still valid. Jobs that were
 * cancelled, settled or claimed again are dropped. Rejects if the store fails; the leases then run out.
 */
export function createRunner(store: Store, worker: JobRunner, clock: () => number, running: Running): CarriedRunner {
  const { leaseMs } = store.traits;
  const { priorityAge }: JobRunner & { readonly priorityAge?: unknown } = worker;
  if (priorityAge !== undefined) throw new LongshoreError("invalid_option", NO_AGE);

  const first = (jobs: readonly ClaimedJob[]): ClaimedJob[] => {
    const now = clock();
    for (const [token, since] of running) {
      if (now - since < FORGOTTEN_MS) break;
      running.delete(token);
    }
    return jobs.filter(({ token }) => !running.has(token) && running.set(token, now));
  };

  const stillOurs = async (jobs: readonly ClaimedJob[]): Promise<readonly ClaimedJob[]> => {
    // Payloads first, then leases: a lease that is valid now was valid before, so the payload came from the right row.
    const whole = await restorePayloads(jobs, store);
    if (whole.length === 0) return [];
    const sentAt = clock();
    const answers = await store.renew(whole.map(leaseOf), leaseMs);
    // The worker counts the lease from now, the store from when the call was sent.
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
