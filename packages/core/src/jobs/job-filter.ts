import type { JobState } from "../contract/job.ts";
import type { ListRequest } from "../contract/operating.ts";
import type { Platform } from "../runtime/platform.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { refuse } from "../values/errors.ts";
import type { Metadata } from "../values/headers.ts";
import { checkName } from "../values/limits.ts";
import {
  type Checks,
  aStateOrList,
  anObject,
  checkOptions,
  duration,
  mustBe,
  nonEmptyText,
} from "../values/options.ts";
import type { Job } from "./queue-types.ts";

/** Which jobs are meant: those that have all that is given. At least one thing must be. */
export type JobFilter = Pick<ListRequest, "state" | "queue" | "name"> & {
  /** Time since the enqueue or the last replay, by this process's clock. */
  readonly olderThan?: Duration | undefined;
  /** Entries that a job's metadata have, among others. */
  readonly metadata?: Metadata | undefined;
  /** Text in the message of the last failure. */
  readonly error?: string | undefined;
};

/** What is done to the jobs of a filter. */
export type Filtered = {
  readonly name: string;
  /** The states that it is for. */
  readonly states: readonly JobState[];
  /** The states of a filter without any. Default: all of them. */
  readonly usual?: readonly JobState[];
};

const FILTER: Checks<JobFilter> = {
  state: aStateOrList,
  queue: checkName,
  name: checkName,
  olderThan: duration(),
  metadata: anObject,
  error: nonEmptyText,
};

const aText = mustBe("a text", (value) => typeof value === "string");

/** What the backend selects, and the rest of the filter. */
export function readFilter(
  { name: owner, states, usual = states }: Filtered,
  filter: JobFilter,
  { now }: Pick<Platform, "now">,
): { readonly request: Partial<ListRequest>; fits(job: Job): boolean } {
  checkOptions(`the filter of ${owner}`, filter, FILTER);
  const { state = usual, queue, name, olderThan, metadata = {}, error } = filter;
  const entries = Object.entries(metadata);
  // What is computed may be missing by mistake, and must not mean all.
  const given = [filter.state, queue, name, olderThan, entries[0], error];
  if (given.every((one) => one === undefined)) {
    refuse("invalid_option", `filter of ${owner}`, "more than nothing, such as { queue }", filter);
  }
  const wanted = [state].flat();
  const strange = wanted.find((one) => !states.includes(one));
  if (strange !== undefined) refuse("invalid_option", `state of ${owner}`, `among ${states.join(", ")}`, strange);
  const before = olderThan === undefined ? Infinity : now() - toMs(olderThan);
  for (const [key, value] of entries) aText(value, `metadata ${key} of ${owner}`);
  return {
    request: { state: wanted, queue, name },
    fits: (job) =>
      job.enqueuedAt < before &&
      entries.every(([key, value]) => job.metadata[key] === value) &&
      (error === undefined || job.failures.at(-1)?.message.includes(error) === true),
  };
}
