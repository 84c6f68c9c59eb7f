import type { ClaimedJob } from "../contract/contract.ts";
import type { Inspect } from "../contract/operating.ts";
import { inspection, jobOf } from "../jobs/queue.ts";
import type { Inspection, Job } from "../jobs/queue-types.ts";
import type { Backend } from "./backend.ts";

/**
 * The jobs that a job comes after, with their results: read from the backend when they are asked for, a hundred at a time,
 * because they may be thousands. `get` of the queue reads one, with types: `parents.get(id, definition)`.
 */
export type Parents = AsyncIterable<Job> & Pick<Inspection, "get">;

const PAGE = 100;

export function parentsOf({ id, partition = id }: ClaimedJob, backend: Backend): Parents {
  const store = backend as unknown as Inspect; // every store with dependencies has it, and only its `get` is used
  const read = async (ids: readonly string[]) => store.get(ids.map((one) => ({ id: one, partition })));
  return {
    get: (ref: Parameters<Inspection["get"]>[0], ...definition: []) =>
      inspection(store).get(typeof ref === "string" ? { id: ref, partition } : ref, ...definition),
    async *[Symbol.asyncIterator]() {
      const [row] = await read([id]);
      const { after = [] } = row ?? {};
      for (let from = 0; from < after.length; from += PAGE) {
        for (const parent of await read(after.slice(from, from + PAGE))) if (parent !== undefined) yield jobOf(parent);
      }
    },
  };
}
