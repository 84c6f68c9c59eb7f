import type { JobPage, ListRequest } from "@longshore/core/adapter";

/**
 * Merges the pages of all shards into one page, ordered by id. It ends at the earliest end of an unfinished page,
 * because that shard may have more ids before the remaining jobs of the others.
 */
export function mergePages(pages: readonly JobPage[], { limit, descending }: ListRequest): JobPage {
  const before = (a: string, b: string): boolean => (descending ? a > b : a < b);
  let end: string | undefined;
  for (const { cursor } of pages) if (cursor !== undefined && (end === undefined || before(cursor, end))) end = cursor;
  const known = pages.flatMap(({ jobs }) => jobs).filter(({ id }) => end === undefined || !before(end, id));
  const jobs = known.sort((a, b) => (before(a.id, b.id) ? -1 : 1)).slice(0, limit);
  const last = jobs.at(-1);
  return last === undefined || (end === undefined && jobs.length === known.length)
    ? { jobs }
    : { jobs, cursor: last.id };
}
