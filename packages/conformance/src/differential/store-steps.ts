import type { Advance, Change, JobRef, Lease, Outcome, Settlement } from "@longshore/core/adapter";
import * as fc from "fast-check";
import { HOUR, MINUTE, SECOND } from "../jobs.ts";
import type { Operation } from "../model/model.ts";
import { type State, keyOf, stateAt } from "../model/state.ts";
import { family, job } from "./drawn-jobs.ts";
import type { MakeStep } from "./history.ts";
import {
  type StoreStep,
  type StoreContext,
  type Make,
  QUEUES,
  SCHEDULES,
  PLAIN,
  IDS,
  partitionOf,
  DELAYS,
  QUEUE,
  ID,
  NUMBER,
  usually,
  often,
  at,
  stepped,
  RULES,
  PARTITIONS,
  REFS,
} from "./store-context.ts";

type MakeStoreStep = MakeStep<StoreContext, StoreStep>;
const LEASE_MS: number = 30 * SECOND;

const WAITS = fc.constantFrom(1, 7, 50, 400, SECOND, 2 * SECOND, 5 * SECOND, 9 * SECOND, LEASE_MS);

/** The waits and operations of these verbs. */
export function storeSteps(verbs: ReadonlySet<StoreStep["operation"]["verb"]>): fc.Arbitrary<MakeStoreStep> {
  const weighted = OPERATIONS.filter(([, verb]) => verbs.has(verb)).map(([weight, , arbitrary]) => ({
    weight,
    arbitrary,
  }));
  return fc.tuple(wait, fc.oneof(...weighted)).map(([waited, operation]) => (context) => {
    const waitMs = waited(context);
    return { waitMs, operation: operation({ ...context, now: context.now + waitMs }) };
  });
}

/** Never zero, so that only jobs of one call are due together. Often ends just before or when something is due. */
const wait: fc.Arbitrary<Make<number>> = fc
  .record({ plainly: usually, waitMs: WAITS, from: ID, early: often(3) })
  .map(({ plainly, waitMs, from, early }) => ({ state, now }) => {
    if (plainly) return waitMs;
    const aheadMs = (first(state, from, ({ dueAt }) => dueAt > now)?.dueAt ?? now) - now;
    return aheadMs > 1 && aheadMs <= HOUR ? aheadMs - (early ? 1 : 0) : 1;
  });

/** The first matching row from this id on, starting over at the end. Leaving out steps changes the result little. */
function first(state: State, from: string, such: (row: Row) => boolean): Row | undefined {
  const start = IDS.indexOf(from);
  for (const id of [...IDS.slice(start), ...IDS.slice(0, start)]) {
    const row = state.rows.get(id);
    if (row !== undefined && such(row)) return row;
  }
  return undefined;
}

type Row = State["rows"] extends ReadonlyMap<string, infer R> ? R : never;

/** Usually the newest claim of a held job; sometimes an earlier claim, or one that never was. */
const lease: fc.Arbitrary<Make<Lease>> = fc
  .record({ id: ID, held: usually, current: often(7), back: fc.integer({ min: -1, max: 3 }) })
  .map(({ id: from, held, current, back }) => ({ state, claims }) => {
    const id = (held ? first(state, from, ({ leased }) => leased)?.data.id : undefined) ?? from;
    const newest = claims.get(id) ?? 0;
    return { id, partition: partitionOf(id), token: current ? newest : Math.max(0, newest - back) };
  });

const outcome: fc.Arbitrary<Make<Outcome>> = fc
  .record({ kind: fc.nat(19), delayMs: DELAYS, n: NUMBER, more: fc.boolean() })
  .map(({ kind, delayMs: wanted, n, more }) => ({ stepMs }) => {
    const delayMs = stepped(wanted, stepMs);
    const message = `failure ${n}`;
    const failure = more ? { message, stack: "at a (b.ts:1)" } : { message };
    if (kind < 7) return more ? { type: "complete", result: String(n) } : { type: "complete" };
    if (kind < 14) return { type: "retry", delayMs, failure };
    if (kind < 17) return { type: "snooze", delayMs, ...(more && { reason: `reason ${n % 2}` }) };
    return { type: "dead", failure };
  });

const settlement: fc.Arbitrary<Make<Settlement>> = fc
  .record({ lease, outcome, followed: often(3), next: some(fc.tuple(fc.nat(7), job), 2) })
  .map((choice) => (context) => {
    const settled = { ...choice.lease(context), outcome: choice.outcome(context) };
    if (!choice.followed || SCHEDULES.includes(settled.id)) return settled;
    const near = PLAIN.filter((id) => partitionOf(id) === settled.partition);
    return { ...settled, next: choice.next.map(([n, follow]) => follow(context, at(near, n))) };
  });

const WANTED = {
  cancel: ["active", "enqueued", "delayed", "failed", "stalled", "blocked"],
  replay: ["dead", "cancelled"],
  runNow: ["delayed", "failed"],
  remove: ["stalled", "dead", "completed", "enqueued", "blocked"],
} as const;

const control = (verb: keyof typeof WANTED): fc.Arbitrary<Make<Operation>> => {
  const ref = fc
    .record({ id: ID, allowed: usually })
    .map(({ id: from, allowed }) => ({ state, now }: StoreContext): JobRef => {
      const wanted: readonly string[] = allowed ? WANTED[verb] : [];
      const id = first(state, from, (row) => wanted.includes(stateAt(row, now)))?.data.id ?? from;
      return { id, partition: partitionOf(id) };
    });
  return some(ref, 2).map((refs) => (context) => ({ verb, input: [refs.map((one) => one(context))] }));
};

const change: fc.Arbitrary<Make<Change>> = fc
  .record({ id: ID, allowed: usually, named: usually, job, data: fc.boolean(), due: fc.boolean(), first: fc.boolean() })
  .map(({ id: from, allowed, named, job: make, data, due, first: priority }) => (context) => {
    const wanted = ["enqueued", "delayed", "failed", "blocked"];
    const found = allowed ? first(context.state, from, (row) => wanted.includes(stateAt(row, context.now))) : undefined;
    const id = found?.data.id ?? from;
    const to = make(context, id);
    const { payload, headers } = to;
    return {
      id,
      partition: partitionOf(id),
      name: named ? (context.state.rows.get(id)?.data.name ?? to.name) : to.name,
      ...(data && { data: { payload, headers } }),
      ...(due && { due: to.due }),
      ...(priority && { priority: to.priority }),
    };
  });

/** About as long as the waits, so that some jobs go first by their priority and some by their age. */
const AGES = fc.constantFrom(undefined, undefined, 1, 50, SECOND, 5 * SECOND);

const claim = fc
  .record({ limits: fc.tuple(fc.nat(3), fc.nat(3)), both: fc.boolean(), long: usually, age: AGES })
  .map(({ limits, both, long, age }) => ({ claimsAll, ageing }: StoreContext): Operation => {
    const queues = QUEUES.map((name, i) => ({ name, limit: claimsAll ? IDS.length : at(limits, i) }));
    // Never longer than a renewal's lease, because a renewal would then shorten it.
    return {
      verb: "claim",
      input: [
        {
          queues: both ? queues : queues.slice(0, 1),
          leaseMs: long ? LEASE_MS : LEASE_MS / 2,
          ...(ageing && age !== undefined && { priorityAgeMs: age }),
        },
      ],
    };
  });

const step = fc
  .record({
    name: fc.constantFrom(...SCHEDULES),
    rule: fc.constantFrom(...RULES),
    current: usually,
    stepMs: fc.constantFrom(1, MINUTE, HOUR),
    again: usually,
    fires: often(7),
    job,
  })
  .map(({ name, rule, current, stepMs, again, fires, job: make }) => (context: StoreContext): Advance => {
    const cursor = context.state.schedules.get(keyOf({ name, rule }))?.cursor ?? context.now;
    const from = current ? cursor : cursor - 1;
    const to = from + stepMs;
    const next = again ? { nextAt: to + MINUTE } : {};
    const occurrence = fires ? { job: make(context, name, { due: { at: to } }) } : {};
    return { name, rule, from, to, ...next, ...occurrence };
  });

const STATES = [
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "blocked",
  "completed",
  "dead",
  "cancelled",
] as const;

const list = fc
  .record({
    limit: fc.integer({ min: 1, max: 4 }),
    state: fc.option(fc.oneof(fc.constantFrom(...STATES), fc.subarray([...STATES]))),
    queue: fc.option(QUEUE),
    name: fc.option(fc.constantFrom("work", "other")),
    descending: fc.boolean(),
  })
  .map(({ limit, state, queue, name, descending }) =>
    always({
      verb: "list",
      input: [{ limit, descending, ...(state && { state }), ...(queue && { queue }), ...(name && { name }) }],
    }),
  );

/** Weights and operations. */
const OPERATIONS: readonly (readonly [
  weight: number,
  verb: StoreStep["operation"]["verb"],
  arbitrary: fc.Arbitrary<Make<StoreStep["operation"]>>,
])[] = [
  [
    20,
    "enqueue",
    some(job, 3).map((jobs) => (context) => ({ verb: "enqueue", input: [family(jobs.map((one) => one(context)))] })),
  ],
  [24, "claim", claim],
  [
    22,
    "settle",
    some(settlement, 3).map((all) => (context) => ({ verb: "settle", input: [all.map((one) => one(context))] })),
  ],
  [
    7,
    "renew",
    some(lease, 3).map((leases) => (context) => ({
      verb: "renew",
      input: [leases.map((one) => one(context)), LEASE_MS],
    })),
  ],
  [4, "cancel", control("cancel")],
  [5, "replay", control("replay")],
  [3, "runNow", control("runNow")],
  [5, "remove", control("remove")],
  [
    3,
    "release",
    some(fc.constantFrom(...PARTITIONS), 2).map((keys) =>
      always({ verb: "release", input: [keys.map((key) => ({ key, partition: key }))] }),
    ),
  ],
  [
    6,
    "update",
    some(change, 2).map((all) => (context) => ({ verb: "update", input: [all.map((one) => one(context))] })),
  ],
  [1, "pause", QUEUE.map((queue) => always({ verb: "pause", input: [queue] }))],
  [
    2,
    "pauseFor",
    fc
      .record({ queue: QUEUE, forMs: fc.constantFrom(SECOND, 10 * SECOND) })
      .map(({ queue, forMs }) => always({ verb: "pauseFor", input: [queue, forMs] })),
  ],
  [6, "resume", QUEUE.map((queue) => always({ verb: "resume", input: [queue] }))],
  [1, "prune", fc.integer({ min: 1, max: 3 }).map((limit) => always({ verb: "prune", input: [limit] }))],
  [2, "declare", fc.subarray([...REFS], { minLength: 1 }).map((refs) => always({ verb: "declare", input: [refs] }))],
  [
    5,
    "advance",
    some(step, 2).map((steps) => (context) => ({ verb: "advance", input: [steps.map((one) => one(context))] })),
  ],
  [3, "list", list],
  [3, "counts", fc.subarray([...STATES]).map((states) => always({ verb: "counts", input: [states] }))],
  [3, "depth", QUEUE.map((queue) => always({ verb: "depth", input: [queue] }))],
  [4, "stats", fc.constantFrom("minute", "hour", "day").map((window) => always({ verb: "stats", input: [window] }))],
  [3, "reopen", fc.constant(always({ verb: "reopen", input: [] }))],
];

function always(operation: StoreStep["operation"]): Make<StoreStep["operation"]> {
  return () => operation;
}

function some<T>(of: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.array(of, { minLength: 1, maxLength: most });
}
