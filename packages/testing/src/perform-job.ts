import {
  type AnySchema,
  type Handler,
  type JobEvent,
  type JobOptions,
  type Logger,
  LongshoreError,
  type OutputOf,
  createQueue,
  createWorker,
} from "@longshore/core";
import {
  type ClaimedJob,
  type Enqueue,
  type NewJob,
  type Settlement,
  aDefinition,
  integer,
} from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import type { AnyJob } from "./enqueued.ts";
import type { TestClock } from "./test-clock.ts";

/** The options of the job, checked as an enqueue does. `attempt`: which attempt it is, from 1. Default: the first. */
export type PerformOptions = Pick<JobOptions, "id" | "partition" | "priority" | "metadata" | "attempts" | "timeout"> & {
  readonly attempt?: number | undefined;
};

/** How a run of a handler ended. */
export type Performed<D extends AnyJob> = {
  readonly outcome: "completed" | "failed" | "dead" | "snoozed";
  /** What the handler returned, as it would be stored. */
  readonly result: D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined;
  /** What the handler threw, unchanged. */
  readonly error: unknown;
  /** Why the attempt failed, as it would be stored. Also set without an `error`: a result that does not fit, a timeout. */
  readonly failure: string | undefined;
  /** When it would run again: after a failure, or because it asked for it. */
  readonly delayMs: number | undefined;
};

export type Setting = {
  readonly clock: TestClock;
  readonly handlers: readonly Handler[];
  /** Gets the jobs that the handler adds. */
  readonly store: Enqueue;
  readonly log?: Logger | undefined;
  readonly logFailures?: boolean | undefined;
};

export async function performJob<D extends AnyJob>(
  { clock, handlers, store, log, logFailures }: Setting,
  definition: D,
  input: unknown,
  { attempt = 1, ...options }: PerformOptions = {},
): Promise<Performed<D>> {
  aDefinition(definition, "definition of performJob");
  integer(1)(attempt, "attempt of performJob");
  const handler = handlers.find((known) => known.definition.name === definition.name);
  if (handler === undefined) {
    const message = `testQueue has no handler of ${definition.name}: add one to its handlers, made by handle.`;
    throw new LongshoreError("invalid_option", message);
  }
  let event: JobEvent | undefined;
  let thrown: unknown;
  const added: NewJob[] = [];
  const own = memory({ clock: clock.now });
  const settle = (settlements: readonly Settlement[]): ReturnType<typeof own.settle> => {
    // They are in the same operation elsewhere; here they go to the test's queue once it is over.
    added.push(...settlements.flatMap(({ next = [] }) => next));
    return own.settle(settlements.map((settlement) => ({ ...settlement, next: undefined })));
  };
  const common = { platform: clock.platform, log, onEvent: (news: JobEvent) => void (event = news) };
  const run = async (...input: readonly unknown[]): Promise<unknown> => {
    try {
      return await (handler.run as (...input: readonly unknown[]) => unknown)(...input); // with what the worker passes
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  const worker = createWorker({ ...own, settle }, { ...common, handlers: [{ ...handler, run }], logFailures });

  const { id } = await createQueue(own, common).enqueue(handler.definition as never, input as never, {
    ...options,
    keep: "1d", // the row has the result
  });
  const { leaseMs } = own.traits;
  const claimed = await own.claim({ queues: [{ name: handler.definition.queue, limit: 1 }], leaseMs });
  const ran = worker.run(claimed.map((job): ClaimedJob => ({ ...job, attempt })));
  await clock.settle(ran, Infinity, clock.activity.underWay());
  await ran;
  if (added.length > 0) await store.enqueue(added);
  const [row] = await own.get([{ id, partition: options.partition }]);
  return {
    ...endingOf(event),
    result: (row?.result === undefined ? undefined : JSON.parse(row.result)) as Performed<D>["result"], // its schema's output
    error: thrown,
  };
}

function endingOf(event: JobEvent | undefined): Pick<Performed<AnyJob>, "outcome" | "failure" | "delayMs"> {
  switch (event?.type) {
    case "completed":
      return { outcome: event.type, failure: undefined, delayMs: undefined };
    case "failed":
      return { outcome: event.type, failure: event.failure.message, delayMs: event.delayMs };
    case "dead":
      return { outcome: event.type, failure: event.failure.message, delayMs: undefined };
    case "snoozed":
      return { outcome: event.type, failure: event.reason, delayMs: event.delayMs };
    default:
      throw new Error(`the run of a job ended with the event ${event?.type}`);
  }
}
