import type { Services } from "./services.ts";

const PRUNE_PAGE = 100;
const MOST_PAGES = 100;
/** What is left then goes with the next tick: schedules wait for this one. */
const MOST_PRUNE_MS = 5_000;

/** Removes what is past its retention, page by page until nothing is, and tells of each dead letter that goes. */
export async function prune({ backend, emit, platform }: Services): Promise<void> {
  const until = platform.now() + MOST_PRUNE_MS;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    // A page may be short because its letters are long: only an empty one is the last.
    const gone = (await backend.prune?.(PRUNE_PAGE)) ?? [];
    for (const job of gone) emit?.({ type: "pruned", job });
    if (gone.length === 0 || platform.now() >= until) return;
  }
}
