import type { Definition, Job } from "@longshore/core";
import { NO_PLACE, toMs } from "@longshore/core/adapter";
import type { JobLimits, Limits } from "./api.ts";

/** The definitions that were passed: only their limits are read. */
export type Definitions = readonly Pick<Definition, "name" | "queue" | "limits">[];

/** What the definitions say of a queue; undefined if it has no limits, or none of its definitions was passed. */
export function queueLimits(definitions: Definitions, name: string): Limits | undefined {
  const queue = definitions.find((one) => one.queue === name && one.limits.queue !== undefined)?.limits.queue;
  return queue && { running: queue.concurrency, starts: startsOf(queue.throttle), maxDepth: queue.maxDepth };
}

/** What its definition says of a job; undefined if it has no limits of its own. `payloads`: a key may quote the input. */
export function jobLimits(definitions: Definitions, job: Job, payloads: boolean): JobLimits | undefined {
  const { order, concurrency, throttle } = limitsOf(definitions, job) ?? {};
  if ((order ?? concurrency ?? throttle) === undefined) return undefined;
  return {
    key: payloads ? limitKey(definitions, job) : undefined,
    running: order ? 1 : concurrency?.limit,
    ordered: order && true,
    starts: startsOf(throttle),
  };
}

/** The key that holds a blocked job up, if it is known; as JSON. */
export function holdingKey(definitions: Definitions, job: Job): string | undefined {
  if (job.waitsFor === NO_PLACE) return limitKey(definitions, job);
  return job.after === undefined ? job.uniqueKey : undefined;
}

const MOST_CHARACTERS = 400;

/** The contract tells no key of a limit, so it is derived again, as the producer did. */
function limitKey(definitions: Definitions, job: Job): string | undefined {
  const { order, concurrency, throttle } = limitsOf(definitions, job) ?? {};
  try {
    const key = (order ?? concurrency ?? throttle)?.key?.(job.input as never); // checked when it was enqueued
    return JSON.stringify(key)?.slice(0, MOST_CHARACTERS);
  } catch {
    return undefined; // of an older input, or of one that this caller may not read
  }
}

function limitsOf(definitions: Definitions, { name, queue }: Job): Definitions[number]["limits"] | undefined {
  return definitions.find((one) => one.name === name && one.queue === queue)?.limits;
}

function startsOf(throttle: Definitions[number]["limits"]["throttle"]): Limits["starts"] {
  return throttle && { most: throttle.limit, inMs: toMs(throttle.per, "per") };
}
