import type { Services } from "./services.ts";

const PRUNE_PAGE = 100;
const MOST_PAGES = 100;
/** The rest is left to the next time, because who stops waits for this one. */
const MOST_PRUNE_MS = 5_000;

/** Removes all rows past their retention, page by page, and emits an event for each dead letter removed. */
export async function prune({ backend, emit, platform }: Services): Promise<void> {
  const until = platform.now() + MOST_PRUNE_MS;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    // A page of large rows may be short: only an empty page is the last.
    const gone = (await backend.prune?.(PRUNE_PAGE)) ?? [];
    for (const job of gone) emit?.({ type: "pruned", job });
    if (gone.length === 0 || platform.now() >= until) return;
  }
}
