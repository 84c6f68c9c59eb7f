import {
  type Handler,
  type QueueOptions,
  type WorkerOptions,
  createQueue,
  createWorker,
  defineJob,
} from "@longshore/core";
import { type Memory, memory } from "@longshore/memory";
import { z } from "zod";
import { type TraceOptions, traceHandlers, traceQueue } from "../src/index.ts";

export const greet = defineJob("greet", { input: z.object({ userId: z.number() }), queue: "mails" });
export const report = defineJob("report", { input: z.object({ day: z.string() }), queue: "reports" });

/** A traced queue and a traced worker over one store, whose time moves only by `pass`. */
export function setting(
  tracing: TraceOptions,
  handlers: readonly Handler[] = [],
  options: QueueOptions & Omit<WorkerOptions<Memory>, "handlers"> = {},
) {
  let now = 1_800_000_000_000;
  const { onEvent, log } = options;
  const adapter = memory({ clock: () => now });
  return {
    adapter,
    queue: traceQueue(createQueue(adapter, { onEvent, log }), tracing),
    worker: createWorker(adapter, { ...options, handlers: traceHandlers(handlers, tracing) }),
    pass(ms: number): void {
      now += ms;
    },
  };
}
