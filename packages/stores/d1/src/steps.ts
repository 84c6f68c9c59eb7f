import type { NewJob, Settlement } from "@longshore/core/adapter";
import { firstsOf } from "./inserts.ts";
import type { KnownJob } from "./known.ts";
import { needsRounds } from "./rounds.ts";

/** Settlements that the same statements can settle, with their places in the call, and the jobs that follow them. */
export type Step = {
  readonly settlements: (readonly [i: number, settlement: Settlement])[];
  readonly next: { readonly job: NewJob; readonly parent: Settlement }[];
  /** Of the only settlement of its step, whose end may free a unique key or a place in a queue: inserted after it, in rounds. */
  readonly inTurn: readonly NewJob[];
};

const MOST_CHARACTERS = 600_000;

export type Placed = readonly (readonly [i: number, settlement: Settlement])[];

/**
 * A call goes on as if each settlement came after the one before. A statement sees each row once, so a step names no id
 * twice, but for a job that is followed by one with its own id. Nearly every call is one step.
 *
 * `related`: some of the jobs have relatives. What follows one is inserted when its place is free, and a dead one is alone,
 * because who is dead with it goes by turn. `known`: the keys of jobs with limits. After the end of one another may
 * start, so that no key comes twice in a step, but for ends that follow one another: the first that frees a place lets
 * somebody through.
 */
export function stepsOf(settlements: Placed, related: boolean, known: ReadonlyMap<number, KnownJob>): Step[] {
  const steps: Step[] = [];
  let ids = new Set<string>();
  let characters = 0;
  let before: string | undefined;
  settlements.forEach(([i, settlement]) => {
    const all = followUpsOf(settlement);
    const { lane, key } = known.get(i) ?? {};
    const follows = all.some(needsRounds) || ((related || lane !== undefined) && all.length > 0);
    if (follows || key !== undefined || (related && settlement.outcome.type === "dead")) {
      steps.push({ settlements: [[i, settlement]], next: [], inTurn: all });
      characters = Infinity; // nothing else is in this step
      return;
    }
    const next = firstsOf(all);
    const own = new Set([settlement.id, ...next.map(({ id }) => id)]);
    const again = lane === before && isEnd(settlement);
    if (lane !== undefined && !again) own.add(`\n${lane}`);
    before = lane;
    const more = charactersOf(settlement);
    let step = steps.at(-1);
    if (step === undefined || characters + more > MOST_CHARACTERS || [...own].some((id) => ids.has(id))) {
      steps.push((step = { settlements: [], next: [], inTurn: [] }));
      ids = new Set();
      characters = 0;
    }
    characters += more;
    for (const id of own) ids.add(id);
    if (lane !== undefined) ids.add(`\n${lane}`);
    step.settlements.push([i, settlement]);
    step.next.push(...next.map((job) => ({ job, parent: settlement })));
  });
  return steps;
}

export function isEnd({ outcome: { type } }: Settlement): boolean {
  return type === "complete" || type === "dead";
}

export function followUpsOf(settlement: Settlement): readonly NewJob[] {
  return (isEnd(settlement) && settlement.next) || [];
}

/** Of its parameter; a failure has at most 4 KB. */
function charactersOf({ outcome }: Settlement): number {
  return outcome.type === "complete" ? 300 + (outcome.result?.length ?? 0) : 10_000;
}
