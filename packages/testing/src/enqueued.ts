import type { AnySchema, Inspection, Job, OutputOf } from "@longshore/core";
import { AssertionError } from "./assertion-error.ts";
import { type Match, type MatchOptions, checkSearch, matches } from "./match.ts";
import { found as foundText, wanted, whatThereIs } from "./wording.ts";

/** A definition, as far as a search for its jobs needs it. */
export type AnyJob = {
  readonly name: string;
  readonly input: AnySchema;
  readonly output: AnySchema | undefined;
};
/** A job of a definition, with typed input and result. */
export type JobOf<D extends AnyJob> = Job<
  OutputOf<D["input"]>,
  D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined
>;
export type MatchOf<D extends AnyJob> = Match<OutputOf<D["input"]>>;

/** A queue whose jobs can be listed. */
export type Listable = Pick<Inspection, "list">;

/** What a search found, and what else there was, for messages. */
export type Found<D extends AnyJob> = { readonly found: readonly JobOf<D>[]; readonly all: readonly Job[] };

/** The jobs of a definition that match. Ordered by id. Fails with `invalid_option` for a search that is written wrong. */
export async function findJobs<D extends AnyJob>(
  queue: Listable,
  definition: D,
  match: MatchOf<D> | undefined,
  options: MatchOptions,
): Promise<Found<D>> {
  checkSearch(definition, options);
  const all = await allJobs(queue);
  const found = all.filter((job) => job.name === definition.name && matches(job, match, options));
  return { found: found as readonly JobOf<D>[], all }; // found by the name of the definition
}

/** Returns the first job that matches. Fails with an `AssertionError` that shows what was there instead. */
export async function assertEnqueued<D extends AnyJob>(
  queue: Listable,
  definition: D,
  match?: MatchOf<D>,
  options: MatchOptions = {},
): Promise<JobOf<D>> {
  const { found, all } = await findJobs(queue, definition, match, options);
  const [first] = found;
  if (first !== undefined) return first;
  const { name } = definition;
  throw new AssertionError(`Expected a job ${wanted(name, match, options)}. ${whatThereIs(name, all)}`);
}

/** Fails with an `AssertionError` that shows the jobs that match. */
export async function refuteEnqueued<D extends AnyJob>(
  queue: Listable,
  definition: D,
  match?: MatchOf<D>,
  options: MatchOptions = {},
): Promise<void> {
  const { found } = await findJobs(queue, definition, match, options);
  if (found.length === 0) return;
  const asked = wanted(definition.name, match, options);
  throw new AssertionError(`Expected no job ${asked}, but ${foundText(found)}`);
}

async function allJobs(queue: Listable): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.list({ limit: 1_000, cursor });
    jobs.push(...page.jobs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return jobs;
}
