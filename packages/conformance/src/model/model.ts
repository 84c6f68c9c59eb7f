import type { Depth, Keys, ListSchedules, PauseFor, Presence, Stats, Store, Update } from "@longshore/core/adapter";
import { control, counts, depth, get, list, prune, update } from "./operators.ts";
import { announce, workers } from "./presence.ts";
import { type Draft, type State, draftOf, forgetExpired } from "./state.ts";
import { stats } from "./stats.ts";
import { dueInMs } from "./wake.ts";
import { advance, declare, listSchedules } from "./schedules.ts";
import { claim, enqueue, release, renew, settle } from "./work.ts";

/** A store with everything that the model predicts. */
export type CountingStore = Store & Keys & Depth & PauseFor & Update & ListSchedules & Stats & Presence;
export type StoreVerb = Exclude<keyof CountingStore, "name" | "traits">;

/** One call of a verb, as data. */
export type Operation<V extends StoreVerb = StoreVerb> = V extends StoreVerb
  ? { readonly verb: V; readonly input: Readonly<Parameters<CountingStore[V]>> }
  : never;

export type Answer<V extends StoreVerb = StoreVerb> = Awaited<ReturnType<CountingStore[V]>>;

/** Each verb as a change to a draft. `now` is the store's clock. */
const verbs: {
  readonly [V in StoreVerb]: (draft: Draft, now: number, ...input: Parameters<CountingStore[V]>) => Answer<V>;
} = {
  enqueue,
  claim,
  renew,
  settle,
  get,
  list,
  counts,
  depth,
  cancel: (draft, now, refs) => control("cancel", draft, now, refs),
  replay: (draft, now, refs) => control("replay", draft, now, refs),
  runNow: (draft, now, refs) => control("runNow", draft, now, refs),
  remove: (draft, now, refs) => control("remove", draft, now, refs),
  pause: (draft, _now, queue) => void draft.paused.set(queue, Infinity),
  pauseFor: (draft, now, queue, forMs) =>
    void draft.paused.set(queue, Math.max(draft.paused.get(queue) ?? 0, now + forMs)),
  resume: (draft, _now, queue) => void draft.paused.delete(queue),
  release,
  update,
  prune,
  dueInMs,
  declare,
  advance,
  listSchedules,
  stats,
  announce,
  workers,
};

/**
 * The contract as one pure function: a store's answer and its next state. Written from the design and imported by no
 * adapter. Every adapter is checked against it, the reference included.
 */
export function apply<V extends StoreVerb>(
  state: State,
  operation: Operation<V>,
  now: number,
): { readonly state: State; readonly answer: Answer<V> } {
  const draft = draftOf(state);
  for (const [queue, until] of draft.paused) if (until <= now) draft.paused.delete(queue);
  forgetExpired(draft, now);
  // An operation's input is its own verb's, which the compiler cannot follow through the table.
  const run = verbs[operation.verb] as (draft: Draft, now: number, ...input: readonly unknown[]) => Answer<V>;
  const answer = run(draft, now, ...operation.input);
  return { state: draft, answer };
}
