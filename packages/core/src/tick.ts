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

/** Removes what is past its retention, and tells of each dead letter that goes. */
export async function prune({ backend, emit }: Station): Promise<void> {
  for (const job of (await backend.prune?.(PRUNE_PAGE)) ?? []) emit?.({ type: "pruned", job });
}
