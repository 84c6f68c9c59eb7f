import { DEPTH_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import type { Tables } from "./tables.ts";

/**
 * How many jobs of a queue have not ended. Only queues that had a job with a `maxDepth` are counted, in a row each, which
 * every call writes that changes the number.
 */
export type Depths = {
  load(): void;
  /** Counts the jobs of a queue from now on. */
  prepare(queue: string): void;
  /** Jobs have come, begun again, or ended. */
  add(queue: string, jobs: number): void;
  of(queue: string): number;
  /** Whether a call that changes the number must write it. */
  isCounted(queue: string): boolean;
  /** Ends every call that writes. */
  save(): void;
};

const DEPTH = "depth:";
const OPEN = "SELECT count(*) n FROM longshore_jobs WHERE queue=? AND ended IS NULL";

export function openDepths(tables: Tables): Depths {
  const depths = new Map<string, number>();
  const changed = new Set<string>();
  const count = (queue: string): number => {
    const small = [...tables.small.all()].filter((row) => row.queue === queue && row.ended === null);
    return small.length + (tables.sql<{ n: number }>(OPEN, queue)[0]?.n ?? 0);
  };

  return {
    load() {
      depths.clear();
      changed.clear();
      for (const { id, value } of tables.metaIn<number>(DEPTH)) depths.set(id, value);
    },
    prepare(queue) {
      if (depths.has(queue)) return;
      raiseFormat(tables, DEPTH_FORMAT);
      depths.set(queue, count(queue));
      changed.add(queue);
    },
    add(queue, jobs) {
      const depth = depths.get(queue);
      if (depth === undefined) return;
      depths.set(queue, depth + jobs);
      changed.add(queue);
    },
    of: (queue) => depths.get(queue) ?? count(queue),
    isCounted: (queue) => depths.has(queue),
    save() {
      for (const queue of changed) tables.setMeta(DEPTH + queue, depths.get(queue));
      changed.clear();
    },
  };
}
