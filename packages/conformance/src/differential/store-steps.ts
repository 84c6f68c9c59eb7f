import {
  type Advance,
  type Change,
  type JobRef,
  type Lease,
  type Limits,
  type NewJob,
  type Outcome,
  type Rate,
  type Settlement,
  type ScheduleRef,
  schedulePartition,
} from "@longshore/core/adapter";
import * as fc from "fast-check";
import { DAY, HOUR, MINUTE, SECOND, newJob } from "../jobs.ts";
import type { Operation } from "../model/model.ts";
import { type State, keyOf, stateAt } from "../model/state.ts";
import type { MakeStep } from "./history.ts";

export type StoreStep = {
  readonly waitMs: number;
  /** An operation, or the end of the process. */
  readonly operation: Operation | { readonly verb: "reopen"; readonly input: readonly [] };
};

/** What the model knows, from which a generated step gets its ids, tokens and times. */
export type StoreContext = {
  state: State;
  now: number;
  /** How often each job has been claimed. */
  readonly claims: ReadonlyMap<string, number>;
  /** Delays are multiples of this. */
  readonly stepMs: number;
  /** Whether claims ask for all due jobs. */
  readonly claimsAll: boolean;
  /** Whether some jobs have unique keys. */
  readonly keyed: boolean;
  /** Whether some jobs have limits. */
  readonly limited: boolean;
  /** Whether some jobs come after others. */
  readonly linked: boolean;
  /** Whether some limits have rates. */
  readonly throttled: boolean;
  /** It has the trait `depth`. */
  readonly bounded: boolean;
  /** It has the trait `order`. */
  readonly inOrder: boolean;
  /** Whether some jobs must begin in time. */
  readonly expiring: boolean;
};

type MakeStoreStep = MakeStep<StoreContext, StoreStep>;
type Make<T> = (context: StoreContext) => T;

export const QUEUES: readonly string[] = ["default", "mail"];
const SCHEDULES: readonly string[] = ["report", "sweep"];
const RULES: readonly string[] = ["every 1h", "every 2h"];
export const REFS: readonly ScheduleRef[] = SCHEDULES.flatMap((name) => RULES.map((rule) => ({ name, rule })));
/** Few ids, so that they collide; in three partitions, because jobs of one may follow each other. */
const PLAIN: readonly string[] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const PARTITIONS: readonly string[] = ["p", "q", "r"];
export const IDS: readonly string[] = [...PLAIN, ...SCHEDULES];

/** An occurrence is in its schedule's partition. */
export function partitionOf(id: string): string {
  return SCHEDULES.includes(id) ? schedulePartition(id) : at(PARTITIONS, PLAIN.indexOf(id));
}

const LEASE_MS: number = 30 * SECOND;

// fast-check shrinks to the first value, so the simplest one is first.
const DELAYS = fc.constantFrom(0, 0, 0, SECOND, 2_500, 45 * SECOND, MINUTE, 10 * MINUTE);
const WAITS = fc.constantFrom(1, 7, 50, 400, SECOND, 2 * SECOND, 5 * SECOND, 9 * SECOND, LEASE_MS);
const QUEUE = fc.constantFrom("default", "default", "default", "default", "mail");
const ID = fc.constantFrom(...IDS);
const NUMBER = fc.nat(1e6);
const usually = often(8);

/** True this many times in ten. */
function often(times: number): fc.Arbitrary<boolean> {
  return fc.nat(9).map((n) => n < times);
}

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

const job: fc.Arbitrary<(context: StoreContext, id?: string, parts?: Partial<NewJob>) => NewJob> = fc
  .record({
    id: ID,
    queue: QUEUE,
    name: fc.constantFrom("work", "work", "other"),
    n: NUMBER,
    strange: fc.boolean(),
    tagged: fc.boolean(),
    priority: fc.constantFrom(5, 5, 5, 0, 9),
    delayMs: DELAYS,
    relative: usually,
    past: often(3),
    keepMs: fc.constantFrom(DAY, 20 * SECOND, 0),
    unique: fc.option(
      fc.record({
        on: fc.constantFrom("keep", "replace", "debounce"),
        forMs: fc.constantFrom(undefined, undefined, 10 * SECOND, MINUTE),
        maxWaitMs: fc.constantFrom(undefined, MINUTE),
      }),
      { freq: 2 },
    ),
    limits: fc.option(
      fc.record({
        running: fc.constantFrom(1, 1, 2, undefined),
        keyed: usually,
        ordered: often(3),
        queue: fc.option(fc.constantFrom(1, 3)),
        rate: fc.option(fc.record({ everyMs: fc.constantFrom(2_000, 400.5), burst: fc.constantFrom(1, 3) }), {
          freq: 2,
        }),
      }),
      { freq: 2 },
    ),
    startWithinMs: fc.option(fc.constantFrom(SECOND, 30 * SECOND), { freq: 2 }),
    maxDepth: fc.option(fc.constantFrom(2, 4), { freq: 2 }),
    after: fc.option(
      fc.record({
        parents: fc.array(fc.record({ n: fc.nat(7), standing: often(9) }), { minLength: 1, maxLength: 3 }),
        onFailed: fc.constantFrom("dead", "dead", "run"),
      }),
      { freq: 2 },
    ),
  })
  .map(
    (choice) =>
      (
        { state, now, stepMs, claimsAll, keyed, limited, linked, expiring, throttled, bounded, inOrder },
        id = choice.id,
        parts = {},
      ) => {
        const { queue, name, n, strange, tagged, priority, delayMs, relative, past, keepMs } = choice;
        const inMs = stepped(delayMs, stepMs);
        return newJob(id, {
          partition: partitionOf(id),
          queue,
          name,
          payload: JSON.stringify(strange ? { n, text: "e\u0301 👩‍👩‍👧 \u2028" } : { n }),
          headers: tagged ? { v: "1", "m.user": `${n} ü` } : { v: "1" },
          priority,
          due: relative ? { inMs } : { at: now + inMs - (past ? MINUTE : 0) },
          keepMs,
          // One key for each partition, so that they collide.
          ...(keyed && choice.unique && { unique: { key: partitionOf(id), ...choice.unique } }),
          ...(limited &&
            choice.limits && {
              limits: limitsOf(choice.limits, queue, partitionOf(id), claimsAll, throttled, inOrder),
            }),
          ...(linked && choice.after && afterOf(id, choice.after, state)),
          ...(expiring && choice.startWithinMs !== null && { startWithinMs: choice.startWithinMs }),
          // Shards have a number each.
          ...(bounded && !claimsAll && choice.maxDepth !== null && { maxDepth: choice.maxDepth }),
          ...parts,
        });
      },
  );

type DrawnLimits = {
  readonly running: number | undefined;
  readonly keyed: boolean;
  readonly ordered: boolean;
  readonly queue: number | null;
  readonly rate: Rate | null;
};

/** One key for each partition and queue. Shards have a queue's limit each, so that they are not compared with one. */
function limitsOf(
  { running, keyed, ordered, queue: places, rate }: DrawnLimits,
  queue: string,
  partition: string,
  sharded: boolean,
  throttled: boolean,
  inOrder: boolean,
): Limits {
  // By its key: jobs of a key have one or none.
  if (inOrder && keyed && ordered)
    return {
      key: `${queue} ${partition} in order`,
      running: 1,
      ordered: true,
      ...(places !== null && !sharded && { queue: places }),
    };
  return {
    ...(keyed && { key: `${queue} ${partition}`, ...(running !== undefined && { running }) }),
    ...(keyed && throttled && rate !== null && { rate: { ...rate } }),
    ...(places !== null && !sharded && { queue: places }),
  };
}

type Drawn = {
  readonly parents: readonly { readonly n: number; readonly standing: boolean }[];
  readonly onFailed: string;
};

/** Parents of the same partition, most of which stand. A job is no parent of one that comes before it, so there is no cycle. */
function afterOf(id: string, { parents, onFailed }: Drawn, state: State): Pick<NewJob, "after" | "unique"> {
  const near = PLAIN.filter((one) => partitionOf(one) === partitionOf(id) && one < id);
  const standing = near.filter((one) => state.rows.has(one));
  const jobs = parents.flatMap((drawn) => {
    const among = drawn.standing ? standing : near;
    return among.length === 0 ? [] : [{ id: at(among, drawn.n), partition: partitionOf(id) }];
  });
  if (jobs.length === 0) return {};
  // The core lets no job have both.
  return { unique: undefined, after: { jobs, onFailed: onFailed as "dead" | "run" } };
}

/** A call with a job that comes after others is one operation only within a partition. */
function family(jobs: readonly NewJob[]): readonly NewJob[] {
  const child = jobs.find(({ after }) => after !== undefined);
  return child === undefined ? jobs : jobs.filter(({ partition }) => partition === child.partition);
}

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

const claim = fc
  .record({ limits: fc.tuple(fc.nat(3), fc.nat(3)), both: fc.boolean(), long: usually })
  .map(({ limits, both, long }) => ({ claimsAll }: StoreContext): Operation => {
    const queues = QUEUES.map((name, i) => ({ name, limit: claimsAll ? IDS.length : at(limits, i) }));
    // Never longer than a renewal's lease, because a renewal would then shorten it.
    return {
      verb: "claim",
      input: [{ queues: both ? queues : queues.slice(0, 1), leaseMs: long ? LEASE_MS : LEASE_MS / 2 }],
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

function at<T>(from: readonly T[], index: number): T {
  return from[index % from.length] as T; // the lists are not empty
}

function stepped(delayMs: number, stepMs: number): number {
  return Math.ceil(delayMs / stepMs) * stepMs;
}
