import { stateAt } from "@longshore/conformance/tools";
import type { Change, Rows } from "@longshore/simulator";
import type { Rule, Rules } from "./rules.ts";

/** The value that a rule measures, and the queues with most of it. */
type Measurement = { readonly value: number; readonly worst: readonly string[] };
/** By rule. */
export type Measurements = ReadonlyMap<string, Measurement>;

/** Computes what the rules measure, from the rows and from the deaths seen so far, without asking the store. */
export type Measures = {
  commit(changes: readonly Change[], now: number): void;
  read(now: number): Measurements;
};

/** The last hour begins with a whole slot of five minutes, and deaths are recorded to ten seconds. */
const SLOT_MS = 300_000;
const SLOTS = 12;
const DEATH_STEP_MS = 10_000;

type ByQueue = Map<string, number>;

export function watchMeasures(rules: Rules, rows: Rows): Measures {
  const deaths: { readonly queue: string; readonly at: number }[] = [];

  const measured = (rule: Rule, now: number): ByQueue => {
    const found: ByQueue = new Map();
    const from = (Math.floor(now / SLOT_MS) - SLOTS + 1) * SLOT_MS;
    switch (rule.measure) {
      case "depth":
        for (const seen of rows.all.values()) if (rule.states.includes(stateAt(seen, now))) add(found, seen.job.queue);
        break;
      case "oldestWait":
        for (const { ended, place, dueAt, job } of rows.all.values()) {
          if (ended === undefined && place === undefined)
            found.set(job.queue, Math.max(found.get(job.queue) ?? 0, now - dueAt));
        }
        break;
      case "dead":
        for (const { queue, at } of deaths)
          if (Math.floor(at / DEATH_STEP_MS) * DEATH_STEP_MS >= from) add(found, queue);
    }
    return found;
  };

  return {
    commit(changes, now) {
      for (const { part, before } of changes) {
        const died = part.kind === "settle" && part.answer === "accepted" && part.settlement.outcome.type === "dead";
        if (died && before !== undefined) deaths.push({ queue: before.job.queue, at: now });
      }
    },
    read: (now) =>
      new Map(Object.entries(rules).map(([name, rule]) => [name, measurementOf(rule, measured(rule, now))])),
  };
}

function add(found: ByQueue, queue: string): void {
  found.set(queue, (found.get(queue) ?? 0) + 1);
}

function measurementOf({ measure }: Rule, found: ByQueue): Measurement {
  const most = Math.max(0, ...found.values());
  const worst = [...found].filter(([, value]) => value > 0 && value === most).map(([queue]) => queue);
  const value = measure === "dead" ? [...found.values()].reduce((sum, one) => sum + one, 0) : most;
  return { value, worst };
}
