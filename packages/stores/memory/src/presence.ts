import type { KnownWorker, Presence } from "@longshore/core/adapter";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** The workers that announced themselves, the latest announcement last. */
export function presence(clock: () => number): Presence {
  const known = new Map<
    string,
    Omit<KnownWorker, "alive" | "agoMs"> & { readonly at: number; readonly until: number }
  >();
  return {
    async announce({ id, slots, busy }, forMs) {
      const now = clock();
      known.delete(id);
      known.set(id, { id, slots, busy, at: now, until: now + forMs });
      for (const [oldest] of known) {
        if (known.size <= MOST_WORKERS) break;
        known.delete(oldest);
      }
    },
    async workers() {
      const now = clock();
      return [...known.values()]
        .filter(({ at }) => now - at < DAY_MS)
        .map(({ at, until, ...worker }) => ({ ...worker, alive: now < until, agoMs: now - at }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}
