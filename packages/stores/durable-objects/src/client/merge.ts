import type { JobPage } from "@longshore/core/adapter";

/**
 * One page of the pages of all shards, in the order of the ids. What lies beyond the end of a shard's page that is not
 * its last is left out: of that shard there may be something before it.
 */
export function mergePages(pages: readonly JobPage[], limit: number): JobPage {
  let end: string | undefined;
  for (const { cursor } of pages) if (cursor !== undefined && (end === undefined || cursor < end)) end = cursor;
  const known = pages.flatMap(({ jobs }) => jobs).filter(({ id }) => end === undefined || id <= end);
  const jobs = known.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  const last = jobs.at(-1);
  return last === undefined || (end === undefined && jobs.length === known.length)
    ? { jobs }
    : { jobs, cursor: last.id };
}
