import type { NewJob } from "../contract/enqueue.ts";
import type { Depth } from "../contract/operating.ts";
import type { Traits } from "../contract/contract.ts";
import { type Platform, systemPlatform } from "../runtime/platform.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { codeOf, refuse } from "../values/errors.ts";
import { type Checks, aFunction, checkOptions, duration, withMethods } from "../values/options.ts";
import { type LimitRules, type QueueDefinition, aQueue } from "./concurrency.ts";
import type { Pressure } from "./queue-types.ts";

/**
 * A producer's job, with the limit of its queue. What jobs and schedules enqueue by themselves has none: refusing it would
 * lose it, or hold up what makes room.
 */
export function bounded(job: NewJob, { queue }: LimitRules, traits: Traits): NewJob {
  const { maxDepth } = queue ?? {};
  if (maxDepth === undefined) return job;
  if (traits.depth !== true) refuse("invalid_option", "maxDepth", "left out on this backend", maxDepth);
  return { ...job, maxDepth };
}

export function pressure(store: Depth): Pressure {
  return {
    async pressure(queue) {
      aQueue(queue, "queue of pressure");
      const { name, maxDepth }: QueueDefinition = typeof queue === "string" ? { name: queue } : queue;
      const { jobs, waitedMs } = await store.depth(name);
      return { depth: jobs, limit: maxDepth, oldestMs: waitedMs };
    },
  };
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** `platform`: for tests that control time. */
export type UntilRoomOptions = { readonly platform?: Pick<Platform, "monotonic" | "timer" | "random"> | undefined };
const CHECKS: Checks<UntilRoomOptions> = { platform: withMethods("monotonic", "timer", "random") };

/**
 * Calls `enqueue`, and again while it fails with `queue_full`, for so long; then it fails with that. It pauses for 50 ms at
 * first and a second at most, with some chance, so that not all producers ask at once. Fails with `invalid_duration`.
 *
 * ```ts
 * await untilRoom("5s", () => queue.enqueue(importRows, { file }));
 * ```
 */
export async function untilRoom<T>(
  wait: Duration,
  enqueue: () => Promise<T>,
  options: UntilRoomOptions = {},
): Promise<T> {
  duration()(wait, "wait of untilRoom");
  aFunction(enqueue, "second argument of untilRoom");
  checkOptions("untilRoom", options, CHECKS);
  const { platform = systemPlatform } = options;
  const until = platform.monotonic() + toMs(wait);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await enqueue();
    } catch (error) {
      const leftMs = until - platform.monotonic();
      if (codeOf(error) !== "queue_full" || leftMs <= 0) throw error;
      const forMs = Math.min(leftMs, pauseMs * (0.5 + platform.random() / 2));
      await new Promise<void>((resolve) => platform.timer(forMs, resolve));
    }
  }
}
