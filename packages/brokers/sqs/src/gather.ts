import { LongshoreError } from "@longshore/core";
import { createGroups } from "@longshore/core/adapter";
import type { PostAnswers } from "@longshore/core/broker";

/** Runs the items of one turn together. Each call fails with `enqueue_failed` if its own item did. */
export function gather<T>(run: (items: readonly T[]) => Promise<PostAnswers>): (item: T) => Promise<void> {
  const grouped = createGroups(run, { lanes: Infinity, items: Infinity });
  return async (item) => {
    const [reason] = await grouped([item]);
    if (reason !== undefined) throw new LongshoreError("enqueue_failed", reason);
  };
}
