import {
  type JobRef,
  type Lease,
  type NewJob,
  type Outcome,
  type Settlement,
  schedulePartition,
} from "@longshore/core/adapter";
import { DAY, HOUR, MINUTE, SECOND, newJob } from "../jobs.ts";
import type { Operation } from "../model/model.ts";
import { type State, stateAt } from "../model/state.ts";
import type { Step } from "./steps.ts";

export const QUEUES: readonly string[] = ["default", "mail"];
export const SCHEDULES: readonly string[] = ["report", "sweep"];
/** Few, so that they meet. */
const PLAIN: readonly string[] = ["a", "b", "c", "d", "e", "f", "g", "h"];
export const IDS: readonly string[] = [...PLAIN, ...SCHEDULES];

/** One for all plain jobs, so that they may follow each other; an occurrence has its schedule's. */
export function partitionOf(id: string): string {
  return SCHEDULES.includes(id) ? schedulePartition(id) : "p";
}
const LEASE_MS: number = 30 * SECOND;

const DELAYS: readonly number[] = [0, 0, 0, SECOND, 2_500, 45 * SECOND, MINUTE, 10 * MINUTE];
const WAITS: readonly number[] = [1, 7, 50, 400, SECOND, 2 * SECOND, 5 * SECOND, 9 * SECOND, LEASE_MS];

type Weighted = readonly (readonly [weight: number, verb: Step["operation"]["verb"]])[];
const VERBS: Weighted = [
  [20, "enqueue"],
  [24, "claim"],
  [22, "settle"],
  [7, "renew"],
  [4, "cancel"],
  [5, "replay"],
  [3, "runNow"],
  [5, "remove"],
  [1, "pause"],
  [6, "resume"],
  [1, "prune"],
  [2, "declare"],
  [5, "advance"],
  [3, "list"],
];

/** Makes the next step of a history from chance and from what the model knows, so that most steps do something. */
export function nextStep(random: () => number, state: State, now: number, claims: Claims, reopens: boolean): Step {
  const waitMs = wait(random, state, now);
  if (reopens && random() < 0.03) return { waitMs, operation: { verb: "reopen", input: [] } };
  return { waitMs, operation: operation(random, state, now + waitMs, claims) };
}

/** How often each job was claimed so far. */
export type Claims = ReadonlyMap<string, number>;

/** Never zero, so that only jobs of one call are due alike. Often just before or at the moment when something is due. */
function wait(random: () => number, state: State, now: number): number {
  if (random() < 0.8) return pick(random, WAITS);
  const row = pick(random, [...state.rows.values(), undefined]);
  const aheadMs = (row?.dueAt ?? now) - now;
  return aheadMs > 1 && aheadMs <= HOUR ? aheadMs - (random() < 0.3 ? 1 : 0) : 1;
}

function operation(random: () => number, state: State, now: number, claims: Claims): Operation {
  const verb = weighted(random, VERBS);
  switch (verb) {
    case "enqueue":
      return { verb, input: [some(random, 3, () => job(random, now))] };
    case "claim": {
      const queues = QUEUES.map((name) => ({ name, limit: Math.floor(random() * 4) }));
      // Never longer than a renewal's, which would else shorten a lease.
      const leaseMs = random() < 0.8 ? LEASE_MS : LEASE_MS / 2;
      return { verb, input: [{ queues: random() < 0.5 ? queues : queues.slice(0, 1), leaseMs }] };
    }
    case "settle":
      return { verb, input: [some(random, 3, () => settlement(random, now, state, claims))] };
    case "renew":
      return { verb, input: [some(random, 3, () => lease(random, state, claims)), LEASE_MS] };
    case "cancel":
    case "replay":
    case "runNow":
    case "remove":
      return { verb, input: [some(random, 2, () => ref(random, state, now, verb))] };
    case "pause":
    case "resume":
      return { verb, input: [pick(random, QUEUES)] };
    case "prune":
      return { verb, input: [1 + Math.floor(random() * 3)] };
    case "declare":
      return { verb, input: [SCHEDULES.slice(0, 1 + Math.floor(random() * 2))] };
    case "list": {
      const byState = random() < 0.7 ? { state: pick(random, STATES) } : {};
      return { verb, input: [{ limit: 1 + Math.floor(random() * 4), ...byState, ...byQueue(random) }] };
    }
    default:
      return advance(random, state, now);
  }
}

const STATES = ["delayed", "enqueued", "active", "stalled", "failed", "completed", "dead", "cancelled"] as const;

function byQueue(random: () => number): { readonly queue?: string } {
  return random() < 0.3 ? { queue: pick(random, QUEUES) } : {};
}

function job(random: () => number, now: number, id: string = pick(random, IDS), parts: Partial<NewJob> = {}): NewJob {
  const inMs = pick(random, DELAYS);
  return newJob(id, {
    partition: partitionOf(id),
    queue: random() < 0.8 ? "default" : "mail",
    payload: JSON.stringify({ n: Math.floor(random() * 1e6), text: "e\u0301 👩‍👩‍👧 \u2028" }),
    headers: random() < 0.5 ? { v: "1" } : { v: "1", "m.user": `${Math.floor(random() * 1e6)} ü` },
    priority: pick(random, [0, 5, 5, 5, 9]),
    due: random() < 0.8 ? { inMs } : { at: now + inMs - (random() < 0.3 ? MINUTE : 0) },
    keepMs: pick(random, [0, 20 * SECOND, DAY]),
    ...parts,
  });
}

/** Mostly the newest claim of a job that was claimed, sometimes one of before or one that never was. */
function lease(random: () => number, state: State, claims: Claims): Lease {
  const held = [...state.rows.values()].filter(({ leased }) => leased);
  const id = held.length > 0 && random() < 0.8 ? pick(random, held).data.id : pick(random, IDS);
  const newest = claims.get(id) ?? 0;
  const token = random() < 0.75 ? newest : Math.floor(random() * (newest + 2));
  return { id, partition: partitionOf(id), token };
}

function settlement(random: () => number, now: number, state: State, claims: Claims): Settlement {
  const settled = { ...lease(random, state, claims), outcome: outcome(random) };
  if (settled.outcome.type !== "complete" || random() < 0.7 || SCHEDULES.includes(settled.id)) return settled;
  return { ...settled, next: some(random, 2, () => job(random, now, pick(random, PLAIN))) };
}

function outcome(random: () => number): Outcome {
  const message = `failure ${Math.floor(random() * 1e6)}`;
  const failure = random() < 0.5 ? { message } : { message, stack: "at a (b.ts:1)" };
  const delayMs = pick(random, DELAYS);
  const kind = random();
  if (kind < 0.35) return random() < 0.5 ? { type: "complete" } : { type: "complete", result: `${random()}` };
  if (kind < 0.7) return { type: "retry", delayMs, failure };
  if (kind < 0.85) return { type: "snooze", delayMs };
  return { type: "dead", failure };
}

const WANTED = {
  cancel: ["active", "enqueued", "delayed", "failed", "stalled"],
  replay: ["dead", "cancelled"],
  runNow: ["delayed", "failed"],
  remove: ["stalled", "dead", "completed", "enqueued"],
} as const;

function ref(random: () => number, state: State, now: number, verb: keyof typeof WANTED): JobRef {
  const wanted: readonly string[] = WANTED[verb];
  const standing = [...state.rows.values()];
  const allowed = standing.filter((row) => wanted.includes(stateAt(row, now)));
  const kind = random();
  const rows = kind < 0.5 ? allowed : kind < 0.8 ? standing : [];
  const id = rows.length > 0 ? pick(random, rows).data.id : pick(random, IDS);
  return { id, partition: partitionOf(id) };
}

function advance(random: () => number, state: State, now: number): Operation {
  const name = pick(random, SCHEDULES);
  const cursor = state.schedules.get(name)?.cursor ?? now;
  const from = random() < 0.8 ? cursor : cursor - 1;
  const to = from + pick(random, [1, MINUTE, HOUR]);
  const due = { at: to };
  const step = { name, from, to };
  const next = random() < 0.8 ? { nextAt: to + MINUTE } : {};
  const occurrence = random() < 0.7 ? { job: job(random, now, name, { due }) } : {};
  return { verb: "advance", input: [{ ...step, ...next, ...occurrence }] };
}

function some<T>(random: () => number, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + Math.floor(random() * most) }, make);
}

function pick<T>(random: () => number, from: readonly T[]): T {
  // The lists are not empty and the index is below their length.
  return from[Math.floor(random() * from.length)] as T;
}

function weighted(random: () => number, choices: Weighted): Weighted[number][1] {
  let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice;
  return "claim";
}
