import type { Duration, Job, JobState } from "@longshore/core";
import {
  type Checks,
  aDefinition,
  aState,
  anObject,
  checkOptions,
  duration,
  integer,
  listOf,
  mustBe,
  nonEmptyText,
  toMs,
} from "@longshore/core/adapter";
import { anInstant } from "./instant.ts";

/**
 * The part of an input that matters: properties that are left out may be anything, a list has to have the same members. A
 * function answers for the whole input. Asymmetric matchers of a test runner, such as `expect.any(String)`, fit at each
 * place.
 */
export type Match<Input> = Partially<Input> | ((input: Input) => boolean);

type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> }
    : T;

/** What else is asked of a job, in the words of an enqueue's options. */
export type MatchOptions = {
  readonly id?: string | undefined;
  /** One of them, if there are several. Default: any. */
  readonly state?: JobState | readonly JobState[] | undefined;
  /** From its enqueue to when it may start. For jobs that have not begun. */
  readonly delay?: Duration | undefined;
  /** When it may start: ms since the epoch or a Date. For jobs that have not begun. */
  readonly runAt?: number | Date | undefined;
  readonly priority?: number | undefined;
  /** The part of its metadata that matters. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

const CHECKS: Checks<MatchOptions> = {
  id: nonEmptyText,
  state: (value, what) => (Array.isArray(value) ? listOf(aState) : aState)(value, what),
  delay: duration(),
  runAt: anInstant,
  priority: integer(0, 9),
  metadata: anObject,
};

/** What is written wrong matches nothing, and a test that expects no job would pass for ever. */
export function checkSearch(definition: unknown, options: MatchOptions): void {
  aDefinition(definition, "definition of a search for jobs");
  checkOptions("a search for jobs", options, CHECKS);
}

const anAnswer = mustBe("true or false", (value) => typeof value === "boolean");

export function matches(job: Job, match: unknown, options: MatchOptions): boolean {
  const { id, state, delay, runAt, priority, metadata } = options;
  return (
    (id === undefined || job.id === id) &&
    (state === undefined || [state].flat().includes(job.state)) &&
    (delay === undefined || job.dueAt - job.enqueuedAt === toMs(delay, "delay")) &&
    (runAt === undefined || job.dueAt === Number(runAt)) &&
    (priority === undefined || job.priority === priority) &&
    fits(job.metadata, metadata) &&
    matchesInput(job.input, match)
  );
}

export function matchesInput(input: unknown, match: unknown): boolean {
  if (typeof match !== "function") return fits(input, match);
  const answer: unknown = match(input);
  anAnswer(answer, "answer of the function in a search for jobs");
  return answer === true;
}

/** True if `actual` has all that `wanted` has. */
function fits(actual: unknown, wanted: unknown): boolean {
  if (wanted === undefined || Object.is(actual, wanted)) return true;
  if (typeof wanted !== "object" || wanted === null) return false;
  if ("asymmetricMatch" in wanted && typeof wanted.asymmetricMatch === "function") {
    return wanted.asymmetricMatch(actual) === true;
  }
  if (typeof actual !== "object" || actual === null || Array.isArray(actual) !== Array.isArray(wanted)) return false;
  if (Array.isArray(wanted) && wanted.length !== (actual as readonly unknown[]).length) return false;
  return Object.entries(wanted).every(([key, part]) => fits((actual as Record<string, unknown>)[key], part));
}
