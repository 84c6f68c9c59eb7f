import type { Row } from "./audit.ts";
import { TICK_MS, childOf, isParent, nominalOf, tickId } from "./jobs.ts";
import type { Entry } from "./note.ts";

/**
 * Jobs that no producer sent, and that must be there all the same: an occurrence for each second since the schedule
 * was first heard of, until `quietFrom` (ms since the epoch), and a child for each parent that completed.
 */
export function promisedIds(
  entries: readonly Entry[],
  rows: readonly Row[],
  quietFrom: number,
): { readonly occurrences: readonly string[]; readonly children: readonly string[] } {
  const heard = entries.flatMap((entry) => ("id" in entry ? (nominalOf(entry.id) ?? []) : []));
  const occurrences: string[] = [];
  for (let nominal = Math.min(...heard); nominal <= quietFrom; nominal += TICK_MS) occurrences.push(tickId(nominal));
  const parents = rows.filter(({ id, state }) => state === "completed" && isParent(id));
  return { occurrences, children: parents.map(({ id }) => childOf(id)) };
}

/** The schedule never ends: what it did after `quietFrom` is not looked at. */
export function isLater(id: string, quietFrom: number): boolean {
  return (nominalOf(id) ?? 0) > quietFrom;
}
