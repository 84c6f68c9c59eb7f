import {
  type JobPage,
  type ListRequest,
  type ScheduleListRequest,
  type SchedulePage,
  schedulePage,
} from "@longshore/core/adapter";

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

/**
 * The same for schedules. All rules of one name are in one shard, in its order; so names alone say which comes first, and
 * a page whose last name is that of another's end has them all up to its own.
 */
export function mergeSchedules(pages: readonly SchedulePage[], { limit }: ScheduleListRequest): SchedulePage {
  const now = Math.max(...pages.map((page) => page.now));
  const ends = pages.flatMap(({ after }) => (after === undefined ? [] : [after.name]));
  const end = ends.reduce<string | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
  const known = pages.flatMap(({ schedules }) => schedules).filter(({ name }) => end === undefined || name <= end);
  const sorted = known.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const page = schedulePage(now, sorted, limit);
  const last = page.schedules.at(-1);
  return end === undefined || last === undefined ? page : { ...page, after: { name: last.name, rule: last.rule } };
}
