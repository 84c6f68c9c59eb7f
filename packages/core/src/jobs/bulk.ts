import type { JobState } from "../contract/job.ts";
import type { ControlAnswer } from "../contract/operating.ts";
import { type Platform, systemPlatform } from "../runtime/platform.ts";
import { refuse } from "../values/errors.ts";
import { MAX_BATCH, checkName } from "../values/limits.ts";
import {
  type Checks,
  aBoolean,
  aFunction,
  anything,
  checkOptions,
  integer,
  number,
  withMethods,
} from "../values/options.ts";
import { familyOrder } from "./family-order.ts";
import { type Filtered, type JobFilter, readFilter } from "./job-filter.ts";
import type { Inspection, Job, Operations } from "./queue-types.ts";

export type { JobFilter } from "./job-filter.ts";
export { type DeadGroup, type DeadGroupOptions, type DeadGroups, deadByError, errorKind } from "./dead-letters.ts";

export type BulkOptions = {
  /** Changes nothing, and tells what is matched. */
  readonly dryRun?: boolean | undefined;
  /** Reads at most so many jobs, and returns a cursor if there are more. Default: all. */
  readonly limit?: number | undefined;
  /** Goes on after an earlier call with the same filter. */
  readonly cursor?: string | undefined;
  /** Called, and awaited, after each page, with the counts so far and the jobs of the page. If it throws, the call ends. */
  readonly onPage?: ((soFar: Progress, jobs: readonly Job[]) => unknown) | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "now" | "monotonic" | "timer"> | undefined;
};

/** Counts of jobs. */
export type Progress = {
  /** Those that the filter matches, but for those that run. */
  readonly matched: number;
  readonly done: number;
  /** Those that the filter matches and that run. They are left alone. */
  readonly running: number;
  /** Those that changed since they were read: their new state refuses the verb, or they are gone. */
  readonly refused: number;
  /** Undefined after the last job. */
  readonly cursor?: string | undefined;
};

type Lists = Pick<Inspection, "list">;
type Many = (jobs: readonly Job[]) => Promise<readonly ControlAnswer[]>;
/** `last`: its pages begin with the last id, and parents come after their children, or these would be dead before their turn. */
type Verb = Filtered & { readonly run: Many; readonly last?: true };

const WAITING: readonly JobState[] = ["delayed", "enqueued", "failed", "stalled", "blocked"];
const ENDED: readonly JobState[] = ["completed", "dead", "cancelled"];

const ANY: readonly JobState[] = [...WAITING, "active", ...ENDED];

export type ListOptions = Pick<BulkOptions, "cursor" | "platform"> & {
  /** How many jobs are read for the page, which has those of them that fit: 1 to 1 000. Default: 500. */
  readonly limit?: number | undefined;
  /** From the last id to the first. */
  readonly descending?: boolean | undefined;
};

/**
 * Returns a page of the jobs that a filter matches, as `list` of the queue does for what the backend can select. A page
 * may be short, or empty: only one without a cursor is the last. Fails as `cancelWhere` does.
 */
export async function listWhere(
  queue: Lists,
  filter: JobFilter,
  options: ListOptions = {},
): Promise<{ readonly jobs: readonly Job[]; readonly cursor?: string }> {
  withMethods("list")(queue, "queue of listWhere");
  const { cursor: aCursor, platform: aPlatform } = OPTIONS;
  const checks = { limit: integer(1, MAX_BATCH), cursor: aCursor, platform: aPlatform, descending: aBoolean };
  checkOptions("listWhere", options, checks);
  const { limit = PAGE, cursor, descending, platform = systemPlatform } = options;
  const { request, fits } = readFilter({ name: "listWhere", states: ANY }, filter, platform);
  const page = await queue.list({ ...request, limit, cursor, descending });
  return { ...page, jobs: page.jobs.filter(fits) };
}

/**
 * Cancels all waiting jobs that a filter matches. It reads them page by page, from the last id to the first, so that jobs which
 * come after others go before these, and acts on a page in one call; what is running when its page is read is left alone and counted. `state`, `queue` and `name` are selected by the backend; for
 * `olderThan`, `metadata` and `error` all jobs of these are read. Fails with `invalid_option`, `invalid_duration`,
 * `invalid_name` or `invalid_cursor` before it changes anything, and as the queue does. A failed call may be repeated.
 *
 * ```ts
 * const { done, running } = await cancelWhere(queue, { name: "send-mail", metadata: { user_id: "42" } });
 * ```
 */
export async function cancelWhere(
  queue: Lists & Pick<Operations, "cancelMany">,
  filter: JobFilter,
  options: BulkOptions = {},
): Promise<Progress> {
  withMethods("list", "cancelMany")(queue, "queue of cancelWhere");
  const states: readonly JobState[] = [...WAITING, "active"];
  return actOn(queue, { name: "cancelWhere", states, run: queue.cancelMany, last: true }, filter, options);
}

/** Deletes all jobs that a filter matches, in any state, but for those that run. Otherwise as `cancelWhere`. */
export async function removeWhere(
  queue: Lists & Pick<Operations, "removeMany">,
  filter: JobFilter,
  options: BulkOptions = {},
): Promise<Progress> {
  withMethods("list", "removeMany")(queue, "queue of removeWhere");
  return actOn(queue, { name: "removeWhere", states: ANY, run: queue.removeMany, last: true }, filter, options);
}

/** Makes all jobs due now that a filter matches and that wait for their delay or retry. Otherwise as `cancelWhere`. */
export async function runNowWhere(
  queue: Lists & Pick<Operations, "runNowMany">,
  filter: JobFilter,
  options: BulkOptions = {},
): Promise<Progress> {
  withMethods("list", "runNowMany")(queue, "queue of runNowWhere");
  const states: readonly JobState[] = ["delayed", "failed"];
  return actOn(queue, { name: "runNowWhere", states, run: queue.runNowMany }, filter, options);
}

export type ReplayOptions = BulkOptions & {
  /** The most replays per second, so that what failed is not overrun when it is back. Default: no limit. */
  readonly perSecond?: number | undefined;
};

/**
 * Replays all dead jobs that a filter matches, from the first id to the last and parents before their children; cancelled ones only if `state` names them. Each is replayed once, even if
 * it dies again meanwhile. Otherwise as `cancelWhere`.
 */
export async function replayWhere(
  queue: Lists & Pick<Operations, "replayMany">,
  filter: JobFilter,
  options: ReplayOptions = {},
): Promise<Progress> {
  withMethods("list", "replayMany")(queue, "queue of replayWhere");
  checkOptions("replayWhere", options, { ...OPTIONS, perSecond: number(0.001, 1_000_000) });
  const { perSecond = Infinity, ...others } = options;
  const run = paced(queue.replayMany, perSecond, others.platform ?? systemPlatform);
  return actOn(queue, { name: "replayWhere", states: ["dead", "cancelled"], usual: ["dead"], run }, filter, others);
}

/** Deletes all jobs of a queue that wait. What runs and what has ended is left alone. Otherwise as `removeWhere`. */
export async function clear(
  queue: Lists & Pick<Operations, "removeMany">,
  name: string,
  options: BulkOptions = {},
): Promise<Progress> {
  checkName(name, "queue of clear");
  return removeWhere(queue, { queue: name, state: WAITING }, options);
}

export type ObliterateOptions = BulkOptions & {
  /** The name of the queue once more. */
  readonly confirm: string;
};

/**
 * Deletes all jobs of a queue, dead letters and results too, and cancels those that run. Workers may go on claiming what
 * is enqueued meanwhile: pause the queue before. Fails with `invalid_option` if `confirm` is not the queue's name.
 */
export async function obliterate(
  queue: Lists & Pick<Operations, "removeMany" | "cancelMany">,
  name: string,
  options: ObliterateOptions,
): Promise<Progress> {
  withMethods("list", "removeMany", "cancelMany")(queue, "queue of obliterate");
  checkName(name, "queue of obliterate");
  checkOptions("obliterate", options ?? {}, { ...OPTIONS, confirm: anything });
  const { confirm, ...others } = options ?? {};
  if (confirm !== name) refuse("invalid_option", "confirm of obliterate", `the name of the queue, ${name}`, confirm);
  const run: Many = async (jobs) => {
    const answers = [...(await queue.removeMany(jobs))];
    const refused = jobs.flatMap((_, i) => (answers[i]?.status === "refused" ? [i] : []));
    if (refused.length === 0) return answers;
    const running = refused.map((i) => jobs[i] as Job); // places of the list
    await queue.cancelMany(running);
    const again = await queue.removeMany(running);
    refused.forEach((i, k) => (answers[i] = again[k] ?? { status: "gone" }));
    return answers;
  };
  // What runs is no exception here.
  return actOn(queue, { name: "obliterate", states: ANY, run, last: true }, { queue: name }, others, () => false);
}

const OPTIONS: Checks<BulkOptions> = {
  dryRun: aBoolean,
  limit: integer(1),
  cursor: anything, // `list` checks it
  onPage: aFunction,
  platform: withMethods("now", "monotonic", "timer"),
};

/** How many jobs are read and acted on at a time. */
const PAGE = 500;

async function actOn(
  queue: Lists,
  verb: Verb,
  filter: JobFilter,
  options: BulkOptions,
  isLeft: (job: Job) => boolean = ({ state }) => state === "active",
): Promise<Progress> {
  checkOptions(verb.name, options, OPTIONS);
  const { dryRun = false, limit = Infinity, onPage, platform = systemPlatform } = options;
  const { request, fits } = readFilter(verb, filter, platform);
  const { last } = verb;
  let { cursor } = options;
  let [seen, matched, done, running, refused] = [0, 0, 0, 0, 0];
  for (;;) {
    const page = await queue.list({ ...request, cursor, descending: last, limit: Math.min(PAGE, limit - seen) });
    const found = page.jobs.filter(fits);
    const wanted = found.filter((job) => !isLeft(job));
    const jobs = familyOrder(wanted, last ? "last" : "first").map((i) => wanted[i] as Job); // its places
    const answers = dryRun || jobs.length === 0 ? [] : await verb.run(jobs);
    const succeeded = answers.filter(({ status }) => status === "done").length;
    seen += page.jobs.length;
    matched += jobs.length;
    done += succeeded;
    running += found.length - jobs.length;
    refused += answers.length - succeeded;
    ({ cursor } = page);
    const soFar: Progress = { matched, done, running, refused, cursor };
    await onPage?.(soFar, jobs);
    if (cursor === undefined || seen >= limit) return soFar;
  }
}

/** Runs a verb for some jobs after the other, at most so many per second. */
function paced(run: Many, perSecond: number, platform: Pick<Platform, "monotonic" | "timer">): Many {
  if (perSecond === Infinity) return run;
  const most = Math.max(1, Math.floor(perSecond));
  let freeAt = platform.monotonic();
  return async (jobs) => {
    const answers: ControlAnswer[] = [];
    for (let from = 0; from < jobs.length; from += most) {
      const some = jobs.slice(from, from + most);
      const waitMs = freeAt - platform.monotonic();
      if (waitMs > 0) await new Promise<void>((resolve) => platform.timer(waitMs, resolve));
      freeAt = platform.monotonic() + (some.length * 1_000) / perSecond;
      answers.push(...(await run(some)));
    }
    return answers;
  };
}
