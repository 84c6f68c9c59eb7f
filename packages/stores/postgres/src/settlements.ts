import type { NewJob, Settlement } from "@longshore/core/adapter";
import { encodeJobs } from "./enqueue.ts";
import { encodeKeyedJobs, isKeyed } from "./keyed-jobs.ts";
import { encodeText, storable } from "./text.ts";

export type Indexed = readonly [i: number, settlement: Settlement];

export function hasNext({ outcome, next = [] }: Settlement): boolean {
  return (outcome.type === "complete" || outcome.type === "dead") && next.length > 0;
}

/** One statement sees each row once, and follow-ups come after the settlement before them. */
export function needSteps(settlements: readonly Settlement[]): boolean {
  return settlements.some(hasNext) || new Set(settlements.map(({ id }) => id)).size < settlements.length;
}

type Step = { readonly settlements: string; readonly jobs?: string; readonly amount?: number };

export function stepsOf(settlements: readonly Indexed[]): readonly Step[] {
  const steps: Step[] = [];
  let together: Indexed[] = [];
  const close = (): void => {
    if (together.length > 0) steps.push({ settlements: encodeSettlements(together) });
    together = [];
  };
  for (const one of settlements) {
    const [, settlement] = one;
    if (together.some(([, { id }]) => id === settlement.id) || hasNext(settlement)) close();
    if (hasNext(settlement)) {
      steps.push({ settlements: encodeSettlements([one]), ...encodeFollowUps(settlement.next ?? []) });
    } else {
      together.push(one);
    }
  }
  close();
  return steps;
}

function encodeFollowUps(next: readonly NewJob[]): Omit<Step, "settlements"> {
  if (isKeyed(next)) return { jobs: encodeKeyedJobs(next) };
  const { json, sent } = encodeJobs(next);
  return { jobs: json, amount: sent.length };
}

export function encodeSettlements(settlements: readonly Indexed[]): string {
  return JSON.stringify(
    settlements.map(([i, { id: of, token, outcome }]) => {
      const id = storable(of);
      const { type } = outcome;
      switch (type) {
        case "complete":
          return { i, id, token, type, ...(outcome.result !== undefined && { result: encodeText(outcome.result) }) };
        case "retry":
          return { i, id, token, type, delay: Math.ceil(outcome.delayMs), failure: JSON.stringify(outcome.failure) };
        case "snooze":
          return { i, id, token, type, delay: Math.ceil(outcome.delayMs), reason: JSON.stringify(outcome.reason) };
        case "dead":
          return { i, id, token, type, failure: JSON.stringify(outcome.failure) };
      }
    }),
  );
}
