import type { Adapter, Carry, ClaimedJob, Inspect } from "@longshore/core/adapter";

/** Marks a job whose payload is not in its message. The core's own headers have no such name, and metadata is prefixed. */
const LEFT_IN_ROW = "paired.payload";

const encoder = new TextEncoder();

/**
 * Sends claimed jobs through a broker, without the payloads that are over its limit: those stay in their rows, and
 * `restorePayloads` reads them there. Never rejects: what the broker did not acknowledge is `failed`.
 */
export function withoutLargePayloads(broker: Adapter & Carry): Carry {
  const { maxPayloadBytes } = broker.traits;
  const leaveLarge = (job: ClaimedJob): ClaimedJob => {
    // UTF-8 takes at most three bytes per UTF-16 unit: most payloads need no counting.
    const { length } = job.payload;
    if (length * 3 <= maxPayloadBytes || encoder.encode(job.payload).length <= maxPayloadBytes) return job;
    return { ...job, payload: "", headers: { ...job.headers, [LEFT_IN_ROW]: "row" } };
  };
  return {
    async carry(jobs) {
      try {
        return await broker.carry(jobs.map(leaveLarge));
      } catch {
        // Perhaps sent, perhaps not. Whoever gives the jobs back makes the tokens of what was sent stale.
        return jobs.map(() => "failed");
      }
    },
  };
}

/** Puts back the payloads that stayed in their rows. Where a row is gone there is none: its lease cannot be held. */
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
