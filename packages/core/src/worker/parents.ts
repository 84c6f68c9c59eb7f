import type { ClaimedJob } from "../contract/contract.ts";
import type { Inspect } from "../contract/operating.ts";
import { inspection, jobOf } from "../jobs/queue.ts";
import { type AnyDefinition, type ResultOf, aDefinition } from "../jobs/definition.ts";
import type { Inspection, Job } from "../jobs/queue-types.ts";
import type { OutputOf } from "../values/schema.ts";
import type { Backend } from "./backend.ts";

/**
 * The jobs that a job comes after, with their results: read from the backend when they are asked for, a hundred at a time,
 * because they may be thousands. `get` of the queue reads one, with types: `parents.get(id, definition)`.
 */
export type Parents = AsyncIterable<Job> &
  Pick<Inspection, "get"> & {
    /** Those of one definition, with types: `for await (const { result } of parents.of(resize))`. */
    of<D extends AnyDefinition>(definition: D): AsyncIterable<Job<OutputOf<D["input"]>, ResultOf<D>>>;
  };

const PAGE = 100;

export function parentsOf({ id, partition = id }: ClaimedJob, backend: Backend): Parents {
  const store = backend as unknown as Inspect; // every store with dependencies has it, and only its `get` is used
  const read = async (ids: readonly string[]) => store.get(ids.map((one) => ({ id: one, partition })));
  const all = async function* (): AsyncGenerator<Job> {
    const [row] = await read([id]);
    const { after = [] } = row ?? {};
    for (let from = 0; from < after.length; from += PAGE) {
      for (const parent of await read(after.slice(from, from + PAGE))) if (parent !== undefined) yield jobOf(parent);
    }
  };
  return {
    get: (ref: Parameters<Inspection["get"]>[0], ...definition: []) =>
      inspection(store).get(typeof ref === "string" ? { id: ref, partition } : ref, ...definition),
    async *of<D extends AnyDefinition>(definition: D) {
      aDefinition(definition, "definition");
      // A job with the definition's name was made by it.
      for await (const job of all())
        if (job.name === definition.name) yield job as Job<OutputOf<D["input"]>, ResultOf<D>>;
    },
    [Symbol.asyncIterator]: all,
  };
}
