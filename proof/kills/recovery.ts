import type { Entry } from "./note.ts";
import { storiesOf } from "./audit.ts";

/** In ms. */
export type Spread = { readonly p50: number; readonly p95: number; readonly max: number; readonly count: number };

/**
 * How long jobs that a kill interrupted were left alone: from the kill until their handler was entered again. The
 * lease of the dead run must pass, and something must look; another kill may come in between.
 */
export function recoveries(entries: readonly Entry[]): readonly number[] {
  const kills = timesOf("killed", entries);
  return [...storiesOf(entries).values()].flatMap(({ executions }) =>
    executions.flatMap((one, i) => {
      const next = executions[i + 1];
      const killed = kills.find((at) => at > one.at);
      const interrupted = next !== undefined && killed !== undefined && killed < next.at && !one.fails;
      return interrupted && one.by === "object" ? [next.at - killed] : [];
    }),
  );
}

/** From each kill until the next process answered. */
export function restarts(entries: readonly Entry[]): readonly number[] {
  const ends = timesOf("killed", entries);
  return timesOf("restarted", entries).map((at, i) => at - (ends[i] ?? at));
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}

function timesOf(type: Entry["type"], entries: readonly Entry[]): readonly number[] {
  return entries.filter((entry) => entry.type === type).map(({ at }) => at);
}
