import { type Job, systemPlatform } from "@longshore/core";
import { listWhere } from "@longshore/core/bulk";
import type { Context, Work } from "../command.ts";
import { type FilterOptions, filterOf } from "../filter.ts";
import { jobTable, withoutData } from "../job-view.ts";
import { need } from "../target.ts";

export type ListOptions = FilterOptions & {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly oldestFirst?: boolean | undefined;
  readonly data?: boolean | undefined;
};

/** How many jobs are read for a filter that the store does not know, before the command says so and ends. */
const MOST_READ = 20_000;
const PAGE = 500;

/** A page of jobs. */
export const jobs: Work<ListOptions> = async (context, options) => {
  const { output } = context;
  const page = await read(context, options);
  if (output.json) {
    return output.value({ ...page, jobs: options.data === true ? page.jobs : page.jobs.map(withoutData) });
  }
  if (page.jobs.length > 0) jobTable(output, page.jobs, systemPlatform.now());
  else
    output.note(page.cursor === undefined ? "There are no such jobs." : "There are none among those that were read.");
  if (page.cursor !== undefined) output.note(`There are more: --cursor ${page.cursor}`);
};

async function read(
  { target, signal }: Context,
  options: ListOptions,
): Promise<{ readonly jobs: readonly Job[]; readonly cursor?: string | undefined }> {
  const list = need(target, "list");
  const { limit, oldestFirst = false } = options;
  const filter = filterOf(options);
  const found: Job[] = [];
  let { cursor } = options;
  let seen = 0;
  do {
    // A page that may be longer than what is left of it would lose jobs between two commands.
    const request = { limit: Math.min(PAGE, limit - found.length), cursor, descending: !oldestFirst };
    const page = filter === undefined ? await list(request) : await listWhere({ list }, filter, request);
    found.push(...page.jobs);
    seen += request.limit;
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit && seen < MOST_READ && !signal.aborted);
  return { jobs: found, ...(cursor !== undefined && { cursor }) };
}
