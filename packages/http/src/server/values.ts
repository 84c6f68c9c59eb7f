import { LongshoreError } from "@longshore/core";
import {
  type Limits,
  MAX_BATCH,
  type NewJob,
  type Traits,
  aBoolean,
  aState,
  integer,
  mustBe,
  number,
  oneOf,
  text,
} from "@longshore/core/adapter";
import type { CalledVerb } from "../wire.ts";
import { type Read, checked, jobData, list, name, object, optional, ref, shortText, someText } from "./reading.ts";

const DAY = 86_400_000;
const LONGEST = 36_525 * DAY;
/** The last instant that a Date can hold. */
const LATEST = 8.64e15;
const MOST_QUEUES = 1_000;
/** What one worker holds: ten jobs of each queue, which are its slots unless it says otherwise. */
const MOST_HELD = 10_000;
const MOST_SCHEDULES = 10_000;
const MOST_FOLLOW_UPS = 100;
const MOST_PARENTS = 10_000;

/** The arguments of every verb, for an adapter with these traits. */
export function readersOf(traits: Traits): { readonly [V in CalledVerb]: readonly Read[] } {
  const { maxPayloadBytes, maxDelayMs } = traits;
  /** What the server's store may not know is refused in words. */
  const only = (known: boolean | undefined, what: string, read: Read): Read =>
    optional(known === true ? read : refused(`The server's store has no ${what}`));
  const content: Read = (value, what) => {
    checked(someText(Infinity))(value, what);
    const bytes = (value as string).length * 3 > maxPayloadBytes ? new TextEncoder().encode(value as string).length : 0;
    if (bytes <= maxPayloadBytes) return value;
    throw new LongshoreError(
      "payload_too_large",
      `The ${what} must be at most ${maxPayloadBytes} bytes; got ${bytes}.`,
    );
  };
  const delay = checked(integer(0, LONGEST));
  const dueIn: Read = (value, what) => {
    const inMs = delay(value, what) as number;
    if (inMs <= maxDelayMs) return inMs;
    throw new LongshoreError("delay_too_long", `The ${what} must be at most ${maxDelayMs} ms; got ${inMs}.`);
  };
  const due: Read = (value, what) =>
    Object.hasOwn(Object(value), "at") ? object({ at: instant })(value, what) : object({ inMs: dueIn })(value, what);
  const unique = object({
    key,
    on: checked(oneOf("keep", "replace", "debounce")),
    forMs: optional(delay),
    maxWaitMs: optional(delay),
  });
  const limitParts = object({
    queue: optional(atLeastOne),
    key: optional(key),
    running: optional(atLeastOne),
    rate: only(traits.throttle, "throttles", object({ everyMs, burst: atLeastOne })),
    ordered: only(traits.order, "orders", isTrue),
  });
  const limits: Read = (value, what) => {
    const read = limitParts(value, what) as Limits; // its parts have been read
    if (!read.ordered || (read.key !== undefined && read.running === 1 && read.rate === undefined)) return read;
    throw new LongshoreError(
      "invalid_option",
      `The ${what} must have a key, 1 as running and no rate beside an order; got ${JSON.stringify(read)}.`,
    );
  };
  const after = object({ jobs: list(object(ref), MOST_PARENTS), onFailed: checked(oneOf("dead", "run")) });
  const jobParts = object({
    ...jobData(content),
    due,
    keepMs: delay,
    unique: only(traits.uniqueKeys, "unique keys", unique),
    limits: only(traits.limits, "limits", limits),
    after: only(traits.dependencies, "dependencies", after),
    startWithinMs: only(traits.expiry, "times to begin", delay),
    maxDepth: only(traits.depth, "limits on what waits", atLeastOne),
  });
  const newJob: Read = (value, what) => {
    const job = jobParts(value, what) as Pick<NewJob, "unique" | "after">; // its parts have been read
    if (job.unique === undefined || job.after === undefined) return job;
    throw new LongshoreError("invalid_option", `The ${what} must have a unique key or parents, not both.`);
  };
  const { payload, headers, priority } = jobData(content);
  const change = object({
    ...ref,
    name,
    data: optional(object({ payload, headers })),
    priority: optional(priority),
    due: optional(due),
  });
  const lease = { ...ref, token: checked(integer(0)) };
  const failure = object({ message: checked(someText(10_000)), stack: optional(checked(someText(10_000))) });
  const outcomes: Readonly<Record<string, Read>> = {
    complete: object({ type, result: optional(content) }),
    retry: object({ type, delayMs: delay, failure }),
    snooze: object({ type, delayMs: delay, reason: optional(checked(someText(2_000))) }),
    dead: object({ type, failure }),
  };
  const outcome: Read = (value, what) => {
    object({ type })(value, what);
    return outcomes[(value as { type: string }).type]?.(value, what); // one of them, or refused
  };
  const settlement = object({ ...lease, outcome, next: optional(list(newJob, MOST_FOLLOW_UPS)) });
  const schedule = { name: shortText, rule: checked(someText(10_000)) };
  const advance = object({
    ...schedule,
    from: instant,
    to: instant,
    nextAt: optional(instant),
    job: optional(newJob),
  });
  const refs = [list(object(ref))];
  const wantedQueue = object({ name: shortText, limit: checked(integer(0, MAX_BATCH)) });
  const priorityAgeMs = only(traits.ageing, "ages of priorities", checked(integer(1, LONGEST)));
  const claim = object({ queues: list(wantedQueue, MOST_QUEUES), leaseMs, priorityAgeMs });

  return {
    enqueue: [list(newJob)],
    settle: [list(settlement, MOST_HELD)],
    claim: [
      (value, what) => {
        const request = claim(value, what) as { readonly queues: readonly { readonly limit: number }[] };
        checked(integer(0, MOST_HELD))(
          request.queues.reduce((sum, { limit }) => sum + limit, 0),
          `limits of ${what}`,
        );
        return request;
      },
    ],
    renew: [list(object(lease), MOST_HELD), leaseMs],
    dueInMs: [object({ queues: list(shortText, MOST_QUEUES), schedules: list(object(schedule), MOST_SCHEDULES) })],
    get: refs,
    list: [
      object({
        state: optional((value, what) => (Array.isArray(value) ? list(state, 20) : state)(value, what)),
        queue: optional(shortText),
        name: optional(shortText),
        descending: optional(checked(aBoolean)),
        limit: checked(integer(1, MAX_BATCH)),
        cursor: optional(cursor),
      }),
    ],
    counts: [optional(list(state, 20))],
    depth: [name],
    cancel: refs,
    replay: refs,
    runNow: refs,
    remove: refs,
    update: [list(change)],
    pause: [name],
    pauseFor: [name, delay],
    resume: [name],
    release: [list(object({ key, partition: ref.partition }))],
    prune: [checked(integer(0, MAX_BATCH))],
    declare: [list(object(schedule), MOST_SCHEDULES)],
    advance: [list(advance, MOST_SCHEDULES)],
    listSchedules: [object({ limit: checked(integer(1, MAX_BATCH)), after: optional(object(schedule)) })],
    stats: [checked(oneOf("minute", "hour", "day"))],
    announce: [
      object({ id: shortText, slots: checked(integer(0, 1_000_000)), busy: checked(integer(0, 1_000_000)) }),
      checked(integer(0, DAY)),
    ],
    workers: [],
  };
}

/** Reads the list of a call's arguments. Fails with `invalid_request` if it is not one, and as the core's checks do. */
export function readArguments(readers: readonly Read[], verb: string, input: unknown): readonly unknown[] {
  if (!Array.isArray(input) || input.length > readers.length) {
    const expected = readers.length === 0 ? "an empty list" : `a list of ${readers.length}`;
    throw new LongshoreError("invalid_request", `The arguments of ${verb} must be ${expected}.`);
  }
  return readers.map((read, i) => read(input[i], readers.length === 1 ? `input of ${verb}` : `input ${i} of ${verb}`));
}

const refused =
  (why: string): Read =>
  (_value, what) => {
    throw new LongshoreError(
      "invalid_request",
      `${why}: leave out the ${what}, or enqueue the job where a store that has them is opened.`,
    );
  };
/** As long as the contract allows. */
const key = checked(someText(700));
const isTrue = checked(mustBe("true, or left out", (value) => value === true));
const atLeastOne = checked(integer(1));
/** The shortest is a core's: a millisecond, and all jobs that a number can count. */
const everyMs = checked(number(1 / Number.MAX_SAFE_INTEGER, LONGEST));
const type = checked(oneOf("complete", "retry", "snooze", "dead"));
const state = checked(aState);
const instant = checked(integer(0, LATEST));
/** A lease of a caller who vanished must end some day. */
const leaseMs = checked(integer(1, DAY));
/** The core's own list, which a cursor comes from, has texts that are safe in a link. */
const cursor: Read = (value, what) => {
  checked(text("a cursor that list has returned", /^[\w.:@/+=~$-]{1,1000}$/, "invalid_cursor"))(value, what);
  return value;
};
