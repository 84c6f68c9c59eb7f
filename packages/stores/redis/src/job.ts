import { LongshoreError } from "@longshore/core";
import {
  AFTER,
  type Due,
  type EnqueueAnswer,
  type JobData,
  type JobState,
  type Limits,
  type NewJob,
  type StoredJob,
  NO_PLACE,
  PAUSED,
  unknownParent,
  QUEUE_FULL,
  refusedFull,
  waitsFor,
} from "@longshore/core/adapter";

/** How many arguments a job is. */
export const JOB_ARGUMENTS = 3;

/** A head is this, the number of its queue, queue, name, extra and unique key; all jobs of a call that differ in nothing of it are read once. */
export function pushJob(args: string[], job: NewJob): void {
  const { id, name, queue, priority, due, keepMs, maxDepth } = job;
  const most = maxDepth === undefined ? "" : whole(maxDepth);
  args.push(
    id,
    `${priority} ${whole(keepMs, MOST_KEEP)} ${dueText(due)} ${most} ${queue}\0${name}${extraText(job)}${keyText(job)}`,
    bodyText(job),
  );
}

/** What the row's `extra` begins with, as JSON, which has no NUL; empty for most jobs. */
export function extraText({ startWithinMs: within, limits, after }: NewJob): string {
  if (within === undefined && limits === undefined && after === undefined) return "";
  const family = after && { after: after.jobs.map(({ id }) => id), dead: after.onFailed === "dead" };
  return `\0${JSON.stringify({ within, limits: limits && limitsOf(limits), ...family })}`;
}

function limitsOf({ queue: places, key, running, ordered, rate }: Limits): object {
  return { places, key, running, ordered, every: rate?.everyMs, burst: rate?.burst };
}

/** What is kept of a unique key, and the end of the body of its row: a job that replaces another's data keeps it. */
function keyText({ unique, partition }: NewJob): string {
  if (unique === undefined) return "";
  const { key, on, forMs = 0, maxWaitMs } = unique;
  const most = maxWaitMs === undefined ? "" : whole(maxWaitMs);
  return `\0${on.charAt(0)} ${whole(forMs)} ${most} ${key}\0,${JSON.stringify(partition ?? null)},${JSON.stringify(key)}`;
}

export function dueText(due: Due): string {
  return "at" in due ? `a ${whole(due.at, MOST_DUE)}` : `i ${whole(due.inMs, MOST_DUE)}`;
}

/** Empty for the usual ones. */
export function aboutText(headers: JobData["headers"]): string {
  const about = JSON.stringify(headers);
  return about === USUAL ? "" : about;
}

/** The rest of a row: what it keeps as JSON. */
export function bodyText({ partition, payload, headers, unique }: NewJob): string {
  const about = JSON.stringify(headers);
  const body = JSON.stringify(payload);
  if (unique !== undefined) return `${body},${about}`;
  if (partition !== undefined) return `${body},${about},${JSON.stringify(partition)}`;
  return about === USUAL ? body : `${body},${about}`;
}

/** What a row has room for: six bytes for a retention, and a due time that stays an exact number. */
export const MOST_KEEP: number = 2 ** 48 - 1;
const MOST_DUE = 2 ** 52;

export function whole(ms: number, most: number = MOST_DUE): number {
  return Math.min(most, Math.max(0, Math.ceil(ms)));
}

/** The usual headers: most jobs have no others, and they are not stored. */
const USUAL = '{"v":"1"}';

/** Refuses text that a row cannot hold, before anything is sent. Fails with `invalid_name`, `invalid_id`, `invalid_option`. */
export function checkJob({ id, queue, name, unique, limits, after }: NewJob): void {
  checkText(id, "id of a job", "invalid_id", 1_000);
  checkText(queue, "queue of a job", "invalid_name", 255);
  checkText(name, "name of a job", "invalid_name", 255);
  if (unique !== undefined) checkKey(unique.key);
  if (limits?.key !== undefined) checkText(limits.key, "key of a job's limits", "invalid_option", 2_400);
  for (const parent of after?.jobs ?? []) checkText(parent.id, "id of a parent", "invalid_id", 1_000);
}

export function checkKey(key: string): void {
  checkText(key, "unique key of a job", "invalid_option", 2_400);
}

type Code = "invalid_id" | "invalid_name" | "invalid_option";

export function checkText(text: string, what: string, code: Code, most: number): void {
  const bytes = text.length > most / 3 ? new TextEncoder().encode(text).length : 0;
  if (bytes <= most && !UNSTORABLE.test(text)) return;
  throw new LongshoreError(
    code,
    `The ${what} must be text of at most ${most} bytes, without NUL and without half a surrogate pair.`,
  );
}

/** With the flag `u`, a whole pair is one character, and only a half is a surrogate. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** What the body of a row is, between brackets. */
export type Body = [
  payload: string,
  headers?: Readonly<Record<string, string>>,
  partition?: string | null,
  uniqueKey?: string,
];

export function bodyOf([payload, headers = { v: "1" }, partition, uniqueKey]: Body): Pick<
  StoredJob,
  "payload" | "headers" | "partition" | "uniqueKey"
> {
  return {
    payload,
    headers,
    ...(typeof partition === "string" && { partition }),
    ...(uniqueKey !== undefined && { uniqueKey }),
  };
}

/** What a script that enqueues these has to know: 4 if one has a `maxDepth`, 2 if one comes after others; and 1 if it tells what is counted. */
export function flagsOf(jobs: readonly NewJob[], counts = false): string {
  const linked = jobs.some(({ after }) => after !== undefined);
  const bounded = jobs.some(({ maxDepth }) => maxDepth !== undefined);
  return String((counts ? 1 : 0) + (linked ? 2 : 0) + (bounded ? 4 : 0));
}

/** 0: created. A state: of the job with this id. `unknown`: a job names a parent that does not exist. `many`: a parent has too many children. `full`: its queue has so many jobs. Both: what was done to the job that has the key, or its state. */
export type Told =
  | 0
  | JobState
  | ["unknown", child: string, parent: string]
  | ["many", parent: string]
  | ["full", queue: string, maxDepth: number]
  | [did: JobState | "replaced" | "queued_behind", id: string];

export function enqueueAnswer(told: Told): EnqueueAnswer {
  if (told === 0) return { status: "created" };
  if (typeof told === "string") return { status: "duplicate", state: told };
  if (told[0] === "unknown") return unknownParent({ id: told[1] }, told[2]);
  if (told[0] === "full") return refusedFull({ queue: told[1], maxDepth: told[2] }, Infinity) as EnqueueAnswer; // not fewer
  const [did, id] = told;
  if (did === "many") return { status: "failed", message: `too many jobs would come after ${id}` };
  return did === "replaced" || did === "queued_behind" ? { status: did, id } : { status: "duplicate", state: did, id };
}

/** A row as the scripts show it; 0 for what is not there. */
export type Shown = [
  id: string,
  queue: string,
  name: string,
  priority: number,
  state: JobState,
  attempt: number,
  enqueuedAt: number,
  dueAt: number,
  failures: StoredJob["failures"],
  result: 0 | [string],
  why: 0 | [string],
  held: 0 | 1 | 2 | 3 | 4,
  after: 0 | readonly string[],
  ...body: Body,
];

export function storedJob(row: Shown): StoredJob {
  const [id, queue, name, priority, state, attempt, enqueuedAt, dueAt, failures, result, why, held, after, ...body] =
    row;
  const waiting = waitsFor(
    state,
    why === 0 ? undefined : { reason: why[0], since: 0 },
    held === 1 ? PAUSED : held === 2 ? QUEUE_FULL : undefined,
    held === 3 ? NO_PLACE : held === 4 ? AFTER : undefined,
  );
  return {
    id,
    name,
    queue,
    ...bodyOf(body),
    priority,
    state,
    attempt,
    enqueuedAt,
    dueAt,
    failures,
    ...(after !== 0 && { after }),
    ...(waiting !== undefined && { waitsFor: waiting }),
    ...(result !== 0 && { result: result[0] }),
  };
}
