import { PARKED } from "./lanes.ts";
import { limitsOf } from "./limits.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";
import { byPriority } from "./position.ts";

/**
 * Ends every step: behind each key that has changed, the first job may start from now on, or when its rate lets it, if
 * there is a place and none is ready. `unsaved`: rows that are not in the tables yet.
 */
export function letThrough(state: StoreState, now: number, unsaved?: Map<string, Row>): void {
  const { lanes, tables, waiting } = state;
  if (lanes.changed.size === 0) return;
  const unsavedIn = new Map<string, Row[]>();
  for (const row of unsaved?.values() ?? []) {
    const key = parkedIn(row);
    if (key !== undefined) unsavedIn.set(key, [...(unsavedIn.get(key) ?? []), row]);
  }
  for (const key of lanes.changed) {
    if (lanes.ready(key) !== undefined) continue;
    const [first] = [...tables.sql<Row>(PARKED, key), ...(unsavedIn.get(key) ?? [])].sort(byPriority);
    const limits = limitsOf(first?.about ?? "") ?? {};
    if (first === undefined || !lanes.hasPlace(limits)) continue;
    const due = Math.max(now, Math.ceil(lanes.opensAt(limits, now)));
    const row = { ...first, waiting: 1, due, seq: tables.next() };
    lanes.makeReady(key, row.id);
    if (unsaved?.has(row.id)) {
      unsaved.set(row.id, row);
      continue;
    }
    tables.put(row);
    waiting.add(row);
    state.keys.passedOn = true;
  }
  lanes.changed.clear();
}

/** The key behind which a row waits. */
export function parkedIn({ about, waiting }: Row): string | undefined {
  return waiting === 0 && about.includes('"lane":') ? JSON.parse(about).lane : undefined;
}
