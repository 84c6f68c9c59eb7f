import type { Entry, Target } from "./note.ts";
import { storiesOf } from "./audit.ts";

/** In ms. */
export type Spread = { readonly p50: number; readonly p95: number; readonly max: number; readonly count: number };

/**
 * How long jobs that a kill interrupted were left alone: from the kill of whoever ran them until their handler was
 * entered again. The lease of the dead run must pass, and something must look; another kill may come in between.
 */
export function recoveries(entries: readonly Entry[]): readonly number[] {
  const kills = entries.filter((entry) => entry.type === "killed");
  return [...storiesOf(entries).values()].flatMap(({ executions }) => {
    // The note of a killed process may arrive late.
    const inOrder = executions.toSorted((a, b) => a.token - b.token);
    return inOrder.flatMap((one, i) => {
      const next = inOrder[i + 1];
      const killed = kills.find(({ at, name }) => at > one.at && name === one.by);
      const interrupted = next !== undefined && killed !== undefined && killed.at < next.at && !one.fails;
      return interrupted ? [next.at - killed.at] : [];
    });
  });
}

/** From each kill of such a target until it answered again. */
export function restarts(entries: readonly Entry[], target: Target): readonly number[] {
  const timesOf = (type: "killed" | "restarted"): readonly number[] =>
    entries.flatMap((entry) => (entry.type === type && entry.target === target ? [entry.at] : []));
  const ends = timesOf("killed");
  return timesOf("restarted").map((at, i) => at - (ends[i] ?? at));
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}
