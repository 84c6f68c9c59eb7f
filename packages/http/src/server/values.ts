import type { Traits } from "@longshore/core/adapter";
import {
  type Check,
  MAX_BATCH,
  aState,
  anObject,
  checkBatch,
  checkName,
  checkRef,
  integer,
  mustBe,
  oneOf,
  text,
} from "@longshore/core/adapter";
import { LongshoreError } from "@longshore/core";
import type { CalledVerb } from "../wire.ts";

/**
 * Reads a value of the wire: throws if it is not what the contract says, and returns a copy with the contract's
 * properties alone.
 */
type Read = (value: unknown, what: string) => unknown;

const DAY = 86_400_000;
const LONGEST = 36_525 * DAY;
/** The last instant that a Date can hold. */
const LATEST = 8.64e15;
const MOST_QUEUES = 1_000;
const MOST_SCHEDULES = 10_000;
const MOST_FOLLOW_UPS = 100;
const MOST_HEADERS = 64;

/** The arguments of every verb, for an adapter with these traits. */
export function readersOf({ maxPayloadBytes, maxDelayMs }: Traits): {
  readonly [V in CalledVerb]: readonly Read[];
} {
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
  const ref = { id: refText, partition: optional(refText) };
  const newJob = object({
    ...ref,
    name,
    queue: name,
    payload: content,
    headers,
    priority: checked(integer(0, 9)),
    due,
    keepMs: delay,
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
  const claim = object({ queues: list(wantedQueue, MOST_QUEUES), leaseMs });

  return {
    enqueue: [list(newJob)],
    settle: [list(settlement)],
    claim: [
      (value, what) => {
        const request = claim(value, what) as { readonly queues: readonly { readonly limit: number }[] };
        checked(integer(0, MAX_BATCH))(
          request.queues.reduce((sum, { limit }) => sum + limit, 0),
          `limits of ${what}`,
        );
        return request;
      },
    ],
    renew: [list(object(lease)), leaseMs],
    dueInMs: [object({ queues: list(shortText, MOST_QUEUES), schedules: list(object(schedule), MOST_SCHEDULES) })],
    get: refs,
    list: [
      object({
        state: optional(state),
        queue: optional(shortText),
        limit: checked(integer(1, MAX_BATCH)),
        cursor: optional(cursor),
      }),
    ],
    counts: [optional(list(state, 20))],
    cancel: refs,
    replay: refs,
    runNow: refs,
    remove: refs,
    pause: [name],
    resume: [name],
    prune: [checked(integer(0, MAX_BATCH))],
    declare: [list(object(schedule), MOST_SCHEDULES)],
    advance: [list(advance, MOST_SCHEDULES)],
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

function checked(check: Check): Read {
  return (value, what) => {
    check(value, what);
    return value;
  };
}

/** JSON has null for undefined in a list. */
function optional(read: Read): Read {
  return (value, what) => (value === undefined || value === null ? undefined : read(value, what));
}

function list(read: Read, most: number = MAX_BATCH): Read {
  return (value, what) => {
    checkBatch(value as readonly unknown[], most);
    return (value as readonly unknown[]).map((one, i) => read(one, `${i} of ${what}`));
  };
}

function object(properties: Readonly<Record<string, Read>>): Read {
  const names = Object.entries(properties);
  return (value, what) => {
    anObject(value, what);
    const copy: Record<string, unknown> = {};
    for (const [key, read] of names) {
      // Not what every object inherits.
      const given: unknown = Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined;
      const result = read(given, `${key} of ${what}`);
      if (result !== undefined) copy[key] = result;
    }
    return copy;
  };
}

const type = checked(oneOf("complete", "retry", "snooze", "dead"));
const state = checked(aState);
const instant = checked(integer(0, LATEST));
/** A lease of a caller who vanished must end some day. */
const leaseMs = checked(integer(1, DAY));
const name: Read = (value, what) => {
  checkName(value, what);
  return value;
};
const refText: Read = (value, what) => {
  checkRef(value as string, what as "id");
  return value;
};
/** The name of a queue to ask for, of a schedule, of a worker: any short text finds what it finds. */
const shortText = checked(someText(200));
/** The core's own list, which a cursor comes from, has texts that are safe in a link. */
const cursor: Read = (value, what) => {
  checked(text(/^[\w.:@/+=~$-]{1,1000}$/, "invalid_cursor"))(value, what);
  return value;
};

/** As the core makes texts: without lone surrogates, which not every store can keep. */
function someText(most: number): Check {
  return mustBe(
    `text of at most ${most} characters, without lone surrogates`,
    (value) => typeof value === "string" && value.length <= most && !/\p{Cs}/u.test(value),
  );
}

const HEADER = /^[\w.$:-]{1,120}$/;
const headers: Read = (value, what) => {
  anObject(value, what);
  const entries = Object.entries(value as object);
  checked(integer(0, MOST_HEADERS))(entries.length, `size of ${what}`);
  for (const [key, one] of entries) {
    checked(text(HEADER))(key, `name in ${what}`);
    // Any text, as the core takes any as metadata.
    checked(text(/^.{0,4000}$/s))(one, `${key.slice(0, 40)} of ${what}`);
  }
  // As own properties, whatever they are called.
  return Object.fromEntries(entries);
};
