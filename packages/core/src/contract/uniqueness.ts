import type { EnqueueAnswer, NewJob, Unique } from "./enqueue.ts";
import type { JobState } from "./job.ts";
import { dueInstant } from "./lifecycle.ts";

/** What a store keeps with a job that has a unique key. */
export type HeldKey = Unique & {
  /** The end of `forMs`: until then the key is held, even if the job has ended. 0 without one, so that no clock that goes back holds it. */
  readonly until: number;
  /** When the first of the data that wait came; `maxWaitMs` counts from then. */
  readonly since: number;
  /** The id of the enqueue whose data these are: a repeated call is known by it. */
  readonly from: string;
  /** The earliest start, if it waited behind a job that was cancelled while it ran: that lease's end. */
  readonly notBefore?: number | undefined;
};

/** A job that holds a key, or waits behind the one that does. */
export type KeyedJob = { readonly id: string; readonly state: JobState; readonly held: HeldKey };

/** What an enqueue does. `insert`: nobody holds the key. `behind`: insert it as the job that waits behind the holder. */
export type KeyDecision =
  | { readonly type: "insert" | "behind" }
  | { readonly type: "replace"; readonly target: "holder" | "behind"; readonly answer: EnqueueAnswer }
  | { readonly type: "answer"; readonly answer: EnqueueAnswer };

/**
 * Decides what the enqueue of a job with a key does. `holder` has the key, `behind` waits for the holder's end. A holder
 * that has ended and whose `until` is over counts as none: the store takes its key away.
 */
export function decideByKey(
  { id, unique: { on } }: Pick<NewJob, "id"> & { readonly unique: Unique },
  holder: KeyedJob | undefined,
  behind: KeyedJob | undefined,
): KeyDecision {
  if (holder === undefined) return { type: "insert" };
  const duplicate = { status: "duplicate", state: holder.state, id: holder.id } as const;
  if (isEnded(holder.state) || on === "keep") return { type: "answer", answer: duplicate };
  const runs = holder.state === "active" || holder.state === "stalled";
  // A repeated call whose data the running job has.
  if (holder.held.from === id && runs) return { type: "answer", answer: duplicate };
  if (behind !== undefined) {
    const answer = { status: "queued_behind", id: behind.id } as const;
    return behind.held.from === id ? { type: "answer", answer } : { type: "replace", target: "behind", answer };
  }
  if (runs) return { type: "behind" };
  const answer = { status: "replaced", id: holder.id } as const;
  return holder.held.from === id ? { type: "answer", answer } : { type: "replace", target: "holder", answer };
}

/** Until when a key that a job takes now is held, even if the job has ended. */
export function heldUntil({ forMs }: Pick<Unique, "forMs">, now: number): number {
  return forMs === undefined ? 0 : now + forMs;
}

/** What is kept of a new job's key. `earlier`: that of the job whose data it replaces. */
export function heldKey({ id, unique }: NewJob, now: number, earlier?: HeldKey): HeldKey | undefined {
  if (unique === undefined) return undefined;
  const { since = now, until = heldUntil(unique, now), notBefore } = earlier ?? {};
  return { ...unique, since, until, from: id, ...(notBefore !== undefined && { notBefore }) };
}

/** When a job is due: not before the instant of its key, and that of a debounce at most `maxWaitMs` after the first. */
export function dueWithKey({ due }: NewJob, held: HeldKey | undefined, now: number, stepMs: number): number {
  const dueAt = dueInstant(due, now, stepMs);
  if (held === undefined) return dueAt;
  const { on, maxWaitMs, since, notBefore = 0 } = held;
  const latest = on === "debounce" && maxWaitMs !== undefined ? dueInstant({ inMs: maxWaitMs }, since, stepMs) : dueAt;
  return Math.max(Math.min(dueAt, latest), notBefore);
}

/**
 * Among which jobs a key counts, a unique one or that of a limit, as its beginning says: those of a queue and a name, of a
 * queue, or all. For whoever decides what a caller may reach by it. Names have no colon.
 */
export function keyScope(key: string): { readonly queue?: string | undefined; readonly name?: string | undefined } {
  const [, queue, name, whole] = /^(?:n:([^:]+):([^:]+)|q:([^:]+)):/.exec(key) ?? [];
  return { queue: queue ?? whole, name };
}

function isEnded(state: JobState): boolean {
  return state === "completed" || state === "dead" || state === "cancelled";
}
