import type { Schedule } from "./occurrence.ts";
import type { Station } from "./station.ts";

/** Looks at every schedule and fires what is due; answers when to look again, in ms by the backend's clock. */
export async function tick(station: Station, schedules: readonly Schedule[]): Promise<number | undefined> {
  if (schedules.length === 0) return undefined;
  const declared = await station.backend.declare?.(schedules.map(({ name }) => name));
  if (declared === undefined) return undefined;
  const { now, rows } = declared;
  const times = await Promise.all(schedules.map(({ fire }, i) => fire(station, now, rows[i] ?? { cursor: now })));
  const first = Math.min(...times.map((at) => at ?? Infinity));
  return first === Infinity ? undefined : Math.max(0, first - now);
}

const PRUNE_PAGE = 100;
const MOST_PAGES = 100;
/** What is left then goes with the next tick: schedules wait for this one. */
const MOST_PRUNE_MS = 5_000;

/** Removes what is past its retention, page by page until nothing is, and tells of each dead letter that goes. */
export async function prune({ backend, emit, platform }: Station): Promise<void> {
  const until = platform.now() + MOST_PRUNE_MS;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    // A page may be short because its letters are long: only an empty one is the last.
    const gone = (await backend.prune?.(PRUNE_PAGE)) ?? [];
    for (const job of gone) emit?.({ type: "pruned", job });
    if (gone.length === 0 || platform.now() >= until) return;
  }
}
