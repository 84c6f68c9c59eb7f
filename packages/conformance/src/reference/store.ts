import {
  type Closing,
  type Keys,
  type ListSchedules,
  type Notify,
  type Depth,
  type PauseFor,
  type Presence,
  type Stats,
  type Store,
  type Traits,
  type Update,
  createClosing,
  createListeners,
} from "@longshore/core/adapter";
import { type Answer, type Operation, type StoreVerb, apply } from "../model/model.ts";
import { isFull } from "../model/limits.ts";
import { DEFAULT_RULES, type State, emptyState, isBlocked } from "../model/state.ts";
import type { Apply, Disk } from "./disk.ts";
import type { Clock, Make, Transacted } from "../subject.ts";
import { transactOn } from "./transaction.ts";

export const STORE_TRAITS: Traits = {
  durable: true,
  unique: true,
  uniqueKeys: true,
  limits: true,
  throttle: true,
  dependencies: true,
  expiry: true,
  depth: true,
  order: true,
  ageing: true,
  ordered: true,
  fenced: true,
  maxDelayMs: 366 * 86_400_000,
  delayStepMs: 1,
  maxRunMs: 900_000,
  maxPayloadBytes: 100_000,
  leaseMs: 30_000,
};

export type ReferenceStore = Store &
  Keys &
  Depth &
  PauseFor &
  Update &
  ListSchedules &
  Stats &
  Presence &
  Notify &
  Closing;

/** The model as an adapter: slow and simple. The second implementation that the cases are tried on. */
export function referenceStore(
  clock: Clock,
  disk: Disk,
  step: Apply = apply,
  traits: Traits = STORE_TRAITS,
): ReferenceStore {
  const { wake, onWake } = createListeners({ error() {} });
  const closing = createClosing("reference", () => {});

  async function call<V extends StoreVerb>(verb: V, input: Operation<V>["input"]): Promise<Answer<V>> {
    closing.check();
    const now = clock.now();
    const before = earliest(disk.state, now);
    // A verb with its own input is an operation of that verb, but the compiler does not see this for a generic verb.
    const { state, answer } = step(disk.state, { verb, input } as Operation, now);
    disk.state = state;
    if (earliest(state, now) < before) wake();
    return answer as Answer<V>; // by the operation's verb, as above
  }

  return {
    name: "reference",
    traits,
    enqueue: (...input) => call("enqueue", input),
    claim: (...input) => call("claim", input),
    settle: (...input) => call("settle", input),
    renew: (...input) => call("renew", input),
    dueInMs: (...input) => call("dueInMs", input),
    get: (...input) => call("get", input),
    list: (...input) => call("list", input),
    counts: (...input) => call("counts", input),
    depth: (...input) => call("depth", input),
    cancel: (...input) => call("cancel", input),
    replay: (...input) => call("replay", input),
    runNow: (...input) => call("runNow", input),
    remove: (...input) => call("remove", input),
    pause: (...input) => call("pause", input),
    pauseFor: (...input) => call("pauseFor", input),
    resume: (...input) => call("resume", input),
    release: (...input) => call("release", input),
    update: (...input) => call("update", input),
    prune: (...input) => call("prune", input),
    declare: (...input) => call("declare", input),
    advance: (...input) => call("advance", input),
    listSchedules: (...input) => call("listSchedules", input),
    stats: (...input) => call("stats", input),
    announce: (...input) => call("announce", input),
    workers: (...input) => call("workers", input),
    onWake,
    ...closing.methods,
  };
}

/** When the first row of an unpaused queue or the first schedule is due. */
function earliest({ rows, paused, schedules }: State, now: number): number {
  let first = Infinity;
  for (const row of rows.values()) {
    const { data, ended, leased, dueAt } = row;
    const held = paused.has(data.queue) || isBlocked(row) || (!leased && isFull({ rows }, data.queue, now));
    if (ended === undefined && !held) first = Math.min(first, dueAt);
  }
  for (const { nextAt = Infinity } of schedules.values()) first = Math.min(first, nextAt);
  return first;
}

/** A subject for the suite that can be killed and reopened. */
export function makeReference(step: Apply = apply, traits: Traits = STORE_TRAITS): Make {
  return ({ clock }) => {
    const rules = { ...DEFAULT_RULES, stepMs: traits.delayStepMs };
    const disk: Disk = { state: emptyState(rules) };
    const open = (): ReferenceStore => referenceStore(clock, disk, step, traits);
    const transact = (work: Transacted): Promise<void> => transactOn(clock, disk, step, traits, work);
    return { adapter: open(), reopen: open, transact };
  };
}
