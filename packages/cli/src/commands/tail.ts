import { type Job, systemPlatform } from "@longshore/core";
import { listWhere } from "@longshore/core/bulk";
import type { Context, Work } from "../command.ts";
import { type FilterOptions, filterOf } from "../filter.ts";
import { need } from "../target.ts";
import { type EveryOptions, lookEvery } from "./every.ts";

export type TailOptions = FilterOptions &
  EveryOptions & {
    readonly limit: number;
    readonly fromNow?: boolean | undefined;
  };

/**
 * Tells of each job whose state or attempt is another than at the last look, oldest first. It looks at the last jobs by
 * id, as many as `--limit`: no store says what has happened, only what is.
 */
export const tail: Work<TailOptions> = async (context, options) => {
  let known: ReadonlyMap<string, string> | undefined;
  await lookEvery(context, options, async () => {
    const jobs = await newest(context, options);
    const seen = new Map(jobs.map((job) => [keyOf(job), stampOf(job)]));
    const silent = known === undefined && options.fromNow === true;
    for (const job of [...jobs].reverse()) {
      if (!silent && known?.get(keyOf(job)) !== stampOf(job)) context.output.record(lineOf(job));
    }
    known = seen;
  });
};

function keyOf({ id, partition }: Job): string {
  return JSON.stringify([id, partition]);
}

function stampOf({ state, attempt, enqueuedAt, failures }: Job): string {
  return JSON.stringify([state, attempt, enqueuedAt, failures.at(-1)?.at]);
}

const PAGE = 500;

async function newest({ target }: Context, options: TailOptions): Promise<readonly Job[]> {
  const list = need(target, "list");
  const filter = filterOf(options);
  const found: Job[] = [];
  let cursor: string | undefined;
  let read = 0;
  do {
    const request = { limit: Math.min(PAGE, options.limit - read), cursor, descending: true };
    const page = filter === undefined ? await list(request) : await listWhere({ list }, filter, request);
    found.push(...page.jobs);
    read += request.limit;
    cursor = page.cursor;
  } while (cursor !== undefined && read < options.limit);
  return found;
}

function lineOf({ id, partition, name, queue, state, attempt, enqueuedAt, dueAt, metadata, failures }: Job): object {
  const error = failures.at(-1)?.message;
  return {
    seen_at: new Date(systemPlatform.now()).toISOString(),
    job_id: id,
    ...(partition !== undefined && partition !== id && { partition }),
    job_name: name,
    queue,
    state,
    attempt,
    enqueued_at: new Date(enqueuedAt).toISOString(),
    due_at: new Date(dueAt).toISOString(),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(error !== undefined && { error }),
  };
}
