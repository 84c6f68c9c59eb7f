import { type AnyDefinition, aDefinition } from "../jobs/definition.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { LongshoreError, refuse } from "../values/errors.ts";
import { type Checks, aFunction, checkOptions, duration, integer } from "../values/options.ts";
import type { OutputOf } from "../values/schema.ts";
import type { Handler, JobContext, Result } from "./handler.ts";
import type { Run } from "./run.ts";
import type { Services } from "./services.ts";

export type ManyOptions = {
  /** The most jobs of one call: 1 to 1 000, at most the slots of their queue. */
  readonly size: number;
  /** How long the first job of a call waits for others, within its timeout. A call that is full does not wait. */
  readonly wait: Duration;
};

/** One of the jobs that a handler runs together: what a handler of one job gets as its two arguments. */
export type OneOfMany<D extends AnyDefinition = AnyDefinition> = {
  readonly input: OutputOf<D["input"]>;
  readonly context: JobContext;
};

const CHECKS: Checks<ManyOptions> = { size: integer(1, 1_000), wait: duration() };

/**
 * Binds a handler of many jobs to a definition: for a service that takes a list in one call. What has started is gathered
 * until there are `size` jobs, or `wait` has passed since the first. Each job keeps its own lease, timeout, signal,
 * attempts and outcome.
 *
 * The function answers each job in its place, with what `Promise.allSettled` makes: a `fulfilled` one is completed with
 * its value, a `rejected` one has failed with its reason, which may be `snooze(…)`, `retryAfter(…)` or
 * `nonRetryable(…)`. If the function throws, all have failed with that; one without an answer has failed with
 * `no_answer`.
 *
 * Fails with `invalid_option` or `invalid_duration`; a worker whose queue has fewer slots than `size` cannot be made.
 *
 * ```ts
 * const index = handleMany(page, { size: 100, wait: "1s" }, async (jobs) => {
 *   const { errors } = await search.bulk(jobs.map(({ input }) => input));
 *   return jobs.map((_, i) => (errors[i] ? { status: "rejected", reason: errors[i] } : { status: "fulfilled", value: undefined }));
 * });
 * ```
 */
export function handleMany<D extends AnyDefinition>(
  definition: D,
  options: ManyOptions,
  run: (jobs: readonly OneOfMany<D>[]) => Promise<readonly PromiseSettledResult<Result<D>>[]>,
): Handler {
  aDefinition(definition, "definition of a handler");
  const { name, timeoutMs } = definition;
  checkOptions("handleMany", options ?? {}, CHECKS);
  CHECKS.size(options?.size, "size of handleMany");
  aFunction(run, `handler of ${name}`);
  const { size, wait } = options;
  const waitMs = toMs(wait, "wait of handleMany");
  if (waitMs >= timeoutMs)
    refuse("invalid_option", `wait of ${name}`, `shorter than its timeout, ${timeoutMs} ms`, wait);
  // By worker, because workers share handlers: on Cloudflare, each request has its own, and none may wait for another.
  const gatherers = new WeakMap<Services, Gatherer>();
  const gathererOf = (services: Services): Gatherer => {
    let gatherer = gatherers.get(services);
    if (!gatherer) gatherers.set(services, (gatherer = createGatherer(services, size, waitMs, run as RunMany)));
    return gatherer;
  };
  return {
    definition,
    size,
    run: (input, context) => gathererOf((context as Run).services)({ input, context }), // every context that a worker makes
  };
}

type RunMany = (jobs: readonly OneOfMany[]) => Promise<readonly PromiseSettledResult<unknown>[]>;
/** Adds a job to the next call. Resolves or rejects as that job's own handler would. */
type Gatherer = (job: OneOfMany) => Promise<unknown>;

function createGatherer({ platform }: Services, size: number, waitMs: number, run: RunMany): Gatherer {
  type Waiting = { readonly job: OneOfMany; resolve(result: unknown): void; reject(error: unknown): void };
  let waiting = new Set<Waiting>();
  let stopTimer = (): void => {};

  const call = async (): Promise<void> => {
    const called = [...waiting];
    waiting = new Set();
    stopTimer();
    try {
      const returned: unknown = await run(called.map(({ job }) => job));
      const answers = Object(returned) as Partial<Awaited<ReturnType<RunMany>>>; // of a caller without types, anything
      called.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (answer?.status === "fulfilled") resolve(answer.value);
        else reject(answer?.status === "rejected" ? answer.reason : noAnswer(i, called.length));
      });
    } catch (error) {
      for (const { reject } of called) reject(error);
    }
  };

  return (job) =>
    new Promise((resolve, reject) => {
      const { signal } = job.context;
      const one = { job, resolve, reject };
      const leave = (): void => {
        if (!waiting.delete(one)) return; // it is part of a call, which has its signal
        if (waiting.size === 0) stopTimer();
        reject(signal.reason);
      };
      waiting.add(one);
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave);
      if (waiting.size >= size) void call();
      else if (waiting.size === 1) stopTimer = platform.timer(waitMs, () => void call());
    });
}

function noAnswer(i: number, of: number): LongshoreError {
  const message = `The handler answered nothing for job ${i + 1} of ${of}: return one result for each, in their order, as Promise.allSettled does.`;
  return new LongshoreError("no_answer", message);
}
