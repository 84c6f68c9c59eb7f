import { type Job, type JobState, type Metadata, LongshoreError } from "@longshore/core";
import { type Checks, anything, checkOptions, oneOf } from "@longshore/core/adapter";
import { listWhere } from "@longshore/core/bulk";
import type { JobLine, JobView, JobsPage, Payload } from "./api.ts";
import { type Definitions, jobLimits, queueLimits } from "./limits.ts";
import type { Store } from "./store.ts";

const PAGE = 50;
/** How many are read for a page where the store cannot select. */
const READ = 500;
/** A line's part of an error's message. */
const SHORT = 200;

/** What the page may ask for: the query of `api/jobs`. */
export type Asked = Readonly<Record<string, string>>;

/** A filter that is written wrong must not show all jobs as if they fitted. */
const LISTED: Checks<Asked> = {
  state: anything, // `list` and `listWhere` check them
  queue: anything,
  name: anything,
  error: anything,
  metadata: anything,
  cursor: anything,
  order: oneOf("newest", "oldest"),
};

/** A page of jobs, in one call of `list`: of 50 jobs, or of 500 if the filter has more than the store selects. */
export async function readJobs({ inspection }: Store, asked: Asked, at: number): Promise<JobsPage> {
  checkOptions("api/jobs", asked, LISTED);
  const { state, queue, name, error, metadata, order = "newest", cursor } = asked;
  const filter = { state: state?.split(",") as JobState[] | undefined, queue, name }; // `list` checks them
  const place = { cursor, descending: order !== "oldest" };
  if (error === undefined && metadata === undefined) {
    const page = await inspection().list({ ...filter, ...place, limit: PAGE });
    return { at, jobs: page.jobs.map(lineOf), cursor: page.cursor };
  }
  const narrow = { ...filter, error, metadata: metadata === undefined ? undefined : metadataOf(metadata) };
  const page = await listWhere(inspection(), narrow, { ...place, limit: READ });
  return { at, read: READ, jobs: page.jobs.map(lineOf), cursor: page.cursor };
}

/** One call of `get`, and one of `depth` if the job has not ended. */
export async function readJob(
  { inspection, pressure }: Store,
  ref: Ref,
  { definitions, payloads, at }: { readonly definitions: Definitions; readonly payloads: boolean; readonly at: number },
): Promise<JobView> {
  const found = await find(inspection(), ref);
  const { input: _input, result: _result, uniqueKey, failures, ...job } = found;
  return {
    ...job,
    at,
    ...(!ENDED.has(job.state) && {
      queueLimits: queueLimits(definitions, job.queue),
      ownLimits: jobLimits(definitions, found, payloads),
      pressure: await pressure(job.queue),
    }),
    // Both may quote the input.
    uniqueKey: payloads ? uniqueKey : undefined,
    failures: payloads ? failures : failures.map(({ stack: _stack, ...failure }) => failure),
  };
}

const ENDED: ReadonlySet<JobState> = new Set(["completed", "dead", "cancelled"]);

/** Fails with `forbidden` for a viewer without `payloads`. */
export async function readPayload({ inspection }: Store, ref: Ref, payloads: boolean): Promise<Payload> {
  if (!payloads) throw new LongshoreError("forbidden", "You may not see inputs and results.");
  const { input, result } = await find(inspection(), ref);
  return { input: textOf(input), result: textOf(result) };
}

export type Ref = { readonly id: string; readonly partition?: string | undefined };

export function refOf({ id = "", partition }: Asked): Ref {
  return { id, partition };
}

async function find(inspection: ReturnType<Store["inspection"]>, ref: Ref): Promise<Job> {
  const job = await inspection.get(ref);
  if (job !== undefined) return job;
  throw new LongshoreError("invalid_request", `There is no job ${ref.id.slice(0, 200)}; it may have been removed.`);
}

function lineOf(job: Job): JobLine {
  const { id, partition, name, queue, state, priority, attempt, enqueuedAt, dueAt, waitsFor, failures } = job;
  const error = failures.at(-1)?.message.slice(0, SHORT);
  return { id, partition, name, queue, state, priority, attempt, enqueuedAt, dueAt, waitsFor, error };
}

/** `key=value`, with whatever follows the first `=`. */
function metadataOf(text: string): Metadata {
  const at = text.indexOf("=");
  if (at > 0) return { [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
  throw new LongshoreError("invalid_request", "The metadata must be like user_id=42.");
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value, null, 2);
}
