import type { ClaimedJob, NewJob } from "@longshore/core/adapter";
import * as fc from "fast-check";
import { HOUR, MINUTE, SECOND, SAME_PARTITION, newJob } from "../jobs.ts";
import type { Bag, Fate } from "../model/broker.ts";
import type { MakeStep } from "./history.ts";

/** What anybody can do with any adapter that hands out jobs: enqueue, and run what is due. */
export type DeliveryStep = {
  readonly waitMs: number;
  readonly operation:
    | { readonly verb: "enqueue"; readonly input: readonly [jobs: readonly NewJob[]] }
    | { readonly verb: "deliver"; readonly input: readonly [plans: readonly Plan[]] }
    | { readonly verb: "carry"; readonly input: readonly [jobs: readonly ClaimedJob[]] }
    | { readonly verb: "reopen"; readonly input: readonly [] };
};

/** What happens to a delivered job, and whether another job follows if that is `complete`. */
export type Plan = { readonly fate: Fate; readonly followed: boolean };

/** What the model knows, from which a generated step gets its ids, tokens and times. */
export type DeliveryContext = {
  bag: Bag;
  now: number;
  /** Ids are never reused, because a broker does not remember them. */
  newId(): string;
  /** Times and delays are multiples of this: in between, a message may be late by its rounding. */
  readonly stepMs: number;
  readonly maxDelayMs: number;
};

type MakeDeliveryStep = MakeStep<DeliveryContext, DeliveryStep>;
type Make<T> = (context: DeliveryContext) => T;

const DELAYS = fc.constantFrom(0, 0, SECOND, 2_500, 45 * SECOND, MINUTE, 10 * MINUTE, HOUR, 25 * HOUR, 50 * HOUR);
const WAITS = fc.constantFrom(0, SECOND, 2 * SECOND, 5 * SECOND, 30 * SECOND, MINUTE);

const wait: fc.Arbitrary<Make<number>> = fc
  .record({
    plainly: fc.nat(9).map((n) => n < 6),
    waitMs: WAITS,
    which: fc.nat(20),
    early: fc.nat(9).map((n) => n < 3),
  })
  .map(({ plainly, waitMs, which, early }) => ({ bag, now, stepMs }) => {
    if (plainly) return stepped(waitMs, stepMs);
    const coming = bag.messages.map(({ dueAt }) => dueAt - now).filter((aheadMs) => aheadMs > 0);
    const aheadMs = coming[which % coming.length] ?? 0;
    return early ? Math.max(0, aheadMs - stepMs) : aheadMs;
  });

const job: fc.Arbitrary<Make<NewJob>> = fc
  .record({
    delayMs: DELAYS,
    relative: fc.boolean(),
    past: fc.nat(9).map((n) => n < 2),
    strange: fc.boolean(),
    priority: fc.constantFrom(5, 0),
    ordered: fc.boolean(),
  })
  .map(({ delayMs, relative, past, strange, priority, ordered }) => (context) => {
    const id = context.newId();
    const inMs = stepped(Math.min(delayMs, context.maxDelayMs), context.stepMs);
    return newJob(id, {
      payload: JSON.stringify(strange ? { id, text: "e\u0301 👩‍👩‍👧 \u2028" } : { id }),
      headers: strange ? { v: "1", "m.user": `${id} ü` } : { v: "1" },
      priority,
      due: relative ? { inMs } : { at: context.now + inMs - (past ? MINUTE : 0) },
      ...(ordered && SAME_PARTITION),
    });
  });

const REASON = fc.constantFrom(undefined, "reason 0", "reason 1");

const plan: fc.Arbitrary<Make<Plan>> = fc
  .record({ kind: fc.nat(9), delayMs: DELAYS, followed: fc.boolean(), reason: REASON })
  .map(({ kind, delayMs: wanted, followed, reason }) => (context) => {
    // Never zero: adapters may put such a job into the same delivery or the next one.
    const delayMs = stepped(Math.max(context.stepMs, Math.min(wanted, context.maxDelayMs)), context.stepMs);
    const failure = { message: "it broke" };
    if (kind < 3) return { fate: { type: "complete" }, followed };
    if (kind < 6) return { fate: { type: "retry", delayMs, failure }, followed };
    if (kind < 8) return { fate: { type: "snooze", delayMs, ...(reason && { reason }) }, followed };
    return { fate: kind < 9 ? { type: "dead", failure } : { type: "left" }, followed };
  });

const claimed: fc.Arbitrary<Make<ClaimedJob>> = fc
  .record({ job, attempt: fc.integer({ min: 1, max: 3 }), reason: REASON })
  .map(({ job: make, attempt, reason }) => (context) => {
    const { due: _due, keepMs: _keepMs, ...data } = make(context);
    const token = FIRST_CARRIED + Number(data.id.slice("job-".length));
    const snoozed = reason && { snoozed: { reason, forMs: MINUTE } };
    return { ...data, token, attempt, stalled: attempt > 1, ageMs: 0, waitedMs: 0, ...snoozed };
  });

/** Above the tokens that a broker makes from its clock. */
const FIRST_CARRIED = 2 ** 50;

const OPERATIONS: readonly (readonly [
  weight: number,
  verb: DeliveryStep["operation"]["verb"],
  arbitrary: fc.Arbitrary<Make<DeliveryStep["operation"]>>,
])[] = [
  [
    8,
    "enqueue",
    some(job, 3).map((all) => (context) => ({ verb: "enqueue", input: [all.map((one) => one(context))] })),
  ],
  [
    12,
    "deliver",
    some(plan, 4).map((all) => (context) => ({ verb: "deliver", input: [all.map((one) => one(context))] })),
  ],
  [
    2,
    "carry",
    some(claimed, 2).map((all) => (context) => ({ verb: "carry", input: [all.map((one) => one(context))] })),
  ],
  [1, "reopen", fc.constant(() => ({ verb: "reopen", input: [] }))],
];

/** The waits and operations of these verbs. */
export function deliverySteps(verbs: ReadonlySet<string>): fc.Arbitrary<MakeDeliveryStep> {
  const weighted = OPERATIONS.filter(([, verb]) => verbs.has(verb)).map(([weight, , arbitrary]) => ({
    weight,
    arbitrary,
  }));
  return fc.tuple(wait, fc.oneof(...weighted)).map(([waited, operation]) => (context) => {
    const waitMs = waited(context);
    return { waitMs, operation: operation({ ...context, now: context.now + waitMs }) };
  });
}

/** Which plan applies to a job, and the job that follows it: independent of other deliveries and of their order. */
export function planned(
  plans: readonly Plan[],
  job: { readonly id: string },
  stepMs: number,
): Plan & { next: NewJob[] } {
  const sum = [...job.id].reduce((all, character) => all * 31 + character.charCodeAt(0), 0);
  const { fate, followed } = plans[sum % plans.length] as Plan; // there is at least one
  const ends = fate.type === "complete" || fate.type === "dead";
  const next = ends && followed ? [newJob(`${job.id}+`, { due: { inMs: stepMs }, ...SAME_PARTITION })] : [];
  return { fate, followed, next };
}

function some<T>(of: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.array(of, { minLength: 1, maxLength: most });
}

function stepped(delayMs: number, stepMs: number): number {
  return Math.ceil(delayMs / stepMs) * stepMs;
}
