import type { Metrics } from "@longshore/signals";
import type { Operator } from "./operator.ts";

/** How the app stands in the end. */
type FinalState = {
  /** How many dead letters there are, and of which deliveries. */
  readonly letters: number;
  readonly dead: ReadonlySet<string>;
  /** Deliveries that have not ended; looked for only where some are missing. */
  readonly waiting: ReadonlySet<string>;
  readonly completed: number;
  readonly stats: Metrics;
};

/** Undefined where nobody answers any more. */
export async function finalState(operator: Operator, missing: readonly string[]): Promise<FinalState | undefined> {
  try {
    // First: what dies or completes meanwhile is found there by what is asked next.
    const waiting = missing.length > 0 ? await operator.waiting() : new Set<string>();
    const letters = await operator.dead();
    // Before the rows are counted: there may be fewer of what was counted, and never more.
    const stats = await operator.stats();
    const { completed = 0 } = await operator.counts();
    return {
      letters: letters.length,
      dead: new Set(letters.map(({ metadata }) => metadata.delivery)),
      waiting,
      completed,
      stats,
    };
  } catch {
    return undefined;
  }
}

/**
 * What the store counted, against the rows and the subscriber's ledger. A kill takes what was counted since the last
 * claim, so that there may be less, and never more.
 */
export function disagreements({ stats, completed }: FinalState, ledger: ReadonlyMap<string, number>): string[] {
  const counted = stats.queues.filter(({ queue }) => queue === "deliveries" || queue === "relays");
  const sum = counted.reduce((total, queue) => total + queue.completed, 0);
  const relayed = counted.find(({ queue }) => queue === "relays")?.completed ?? 0;
  return [
    ...(sum > completed ? [`the store counted ${sum} completed jobs, and has ${completed}`] : []),
    ...(relayed > ledger.size ? [`the store counted ${relayed} relays, and the subscriber got ${ledger.size}`] : []),
    ...(sum === 0 ? ["the store counted nothing"] : []),
  ];
}
