import type { Carry, ClaimedJob, Inspect, Traits } from "@longshore/core/adapter";

/** Marks a job whose payload is not in its message. The core has no header of this name, and it prefixes metadata. */
const LEFT_IN_ROW = "paired.payload";

const encoder = new TextEncoder();

/**
 * Sends claimed jobs through a broker. Payloads over its limit stay in their rows, and `restorePayloads` reads them
 * there. Never rejects: jobs that the broker did not acknowledge are `failed`.
 */
export function withoutLargePayloads(broker: Carry & { readonly traits: Pick<Traits, "maxPayloadBytes"> }): Carry {
  const { maxPayloadBytes } = broker.traits;
  const leaveLarge = (job: ClaimedJob): ClaimedJob => {
    // UTF-8 takes at most three bytes per UTF-16 unit, so most payloads need no counting.
    const { length } = job.payload;
    if (length * 3 <= maxPayloadBytes || encoder.encode(job.payload).length <= maxPayloadBytes) return job;
    return { ...job, payload: "", headers: { ...job.headers, [LEFT_IN_ROW]: "row" } };
  };
  return {
    async carry(jobs) {
      try {
        return await broker.carry(jobs.map(leaveLarge));
      } catch {
        // They may have been sent or not. Giving the jobs back makes the tokens of sent ones stale.
        return jobs.map(() => "failed");
      }
    },
  };
}

/** Puts back the payloads that stayed in their rows. If a row is gone, the lease is over anyway. */
export async function restorePayloads(jobs: readonly ClaimedJob[], store: Inspect): Promise<readonly ClaimedJob[]> {
  const without = jobs.filter(({ headers }) => headers[LEFT_IN_ROW] !== undefined);
  if (without.length === 0) return jobs;
  const rows = await store.get(without.map(({ id, partition }) => ({ id, partition })));
  const payloads = new Map(without.map((job, i) => [job, rows[i]?.payload ?? ""]));
  return jobs.map((job) => {
    const payload = payloads.get(job);
    const { [LEFT_IN_ROW]: _mark, ...headers } = job.headers;
    return payload === undefined ? job : { ...job, payload, headers };
  });
}
