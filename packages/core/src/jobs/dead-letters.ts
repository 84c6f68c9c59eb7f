import { MAX_BATCH, checkName } from "../values/limits.ts";
import { type Checks, checkOptions, integer, withMethods } from "../values/options.ts";
import type { JobRef } from "../contract/job.ts";
import type { Inspection, Job } from "./queue-types.ts";

/** Dead letters of one job name in one queue that failed with the same error. Times are ms since the epoch. */
export type DeadGroup = {
  readonly queue: string;
  readonly name: string;
  /** The message of the last failure, without what differs from job to job. Empty if a job has none. */
  readonly error: string;
  readonly count: number;
  /** When the first and the last of them died. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** The last of them to die. */
  readonly example: JobRef;
};

export type DeadGroups = {
  /** The largest first. */
  readonly groups: readonly DeadGroup[];
  /** How many dead letters were read. */
  readonly read: number;
  /** There are dead letters that are not counted: more than `limit`, or of more errors than `maxGroups`. */
  readonly more: boolean;
};

export type DeadGroupOptions = {
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  /** How many dead letters are read at most, from the last id to the first. Default: 10 000. */
  readonly limit?: number | undefined;
  /** How many groups there are at most. Default: 1 000. */
  readonly maxGroups?: number | undefined;
};

const CHECKS: Checks<DeadGroupOptions> = {
  queue: checkName,
  name: checkName,
  limit: integer(1, 1_000_000),
  maxGroups: integer(1, 10_000),
};

/** How many are read at a time. */
const PAGE = 500;

/**
 * Groups dead letters by queue, job name and error: what failed, how often, since when, and one to look at. Reads them
 * page by page, so it is for an operator's look and not for every minute. What differs between messages of one error
 * does not count: quoted text, and words with digits, but for 400 to 599, which tell what a server answered. Fails with
 * `invalid_option` or `invalid_name`, and as `list`.
 *
 * ```ts
 * const { groups, more } = await deadByError(queue, { queue: "mail" });
 * ```
 */
export async function deadByError(
  queue: Pick<Inspection, "list">,
  options: DeadGroupOptions = {},
): Promise<DeadGroups> {
  withMethods("list")(queue, "queue of deadByError");
  checkOptions("deadByError", options, CHECKS);
  const { queue: of, name, limit = 10_000, maxGroups = 1_000 } = options;
  const groups = new Map<string, DeadGroup>();
  let [read, more] = [0, false];
  let cursor: string | undefined;
  do {
    const page = await queue.list({
      state: "dead",
      queue: of,
      name,
      descending: true,
      cursor,
      limit: Math.min(PAGE, MAX_BATCH, limit - read),
    });
    read += page.jobs.length;
    for (const job of page.jobs) if (!count(groups, job, maxGroups)) more = true;
    ({ cursor } = page);
  } while (cursor !== undefined && read < limit);
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count || b.newestAt - a.newestAt);
  return { groups: sorted, read, more: more || cursor !== undefined };
}

/** False: it belongs to no group, and there is no room for another. */
function count(groups: Map<string, DeadGroup>, job: Job, maxGroups: number): boolean {
  const { queue, name, dueAt: at } = job;
  const error = errorKind(job.failures.at(-1)?.message ?? "");
  const key = JSON.stringify([queue, name, error]);
  const known = groups.get(key);
  if (known === undefined && groups.size >= maxGroups) return false;
  const { count: others, oldestAt, newestAt } = known ?? { count: 0, oldestAt: at, newestAt: at };
  const example =
    known !== undefined && known.newestAt >= at ? known.example : { id: job.id, partition: job.partition };
  groups.set(key, {
    queue,
    name,
    error,
    count: others + 1,
    oldestAt: Math.min(oldestAt, at),
    newestAt: Math.max(newestAt, at),
    example,
  });
  return true;
}

/** How much of a message tells errors apart, and how much of it is looked at. */
const LONGEST = 300;
const MOST_READ = 1_000;

const QUOTED = /"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g;
const WORD = /[\w-]+/g;
const STATUS = /^[45]\d\d$/;

/** The message of a failure without what differs from job to job: the `error` of its group in `deadByError`. */
export function errorKind(message: string): string {
  return message
    .slice(0, MOST_READ)
    .replace(QUOTED, '"…"')
    .replace(WORD, (word) => (/\d/.test(word) && !STATUS.test(word) ? "#" : word))
    .replace(/\s+/g, " ")
    .slice(0, LONGEST)
    .trim();
}
