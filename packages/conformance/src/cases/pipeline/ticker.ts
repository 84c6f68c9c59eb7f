import { type Puller, type Runner, type Schedule, createWorker, handle } from "@longshore/core";
import type { Harness } from "../../harness.ts";
import { type Pipeline, newPipeline, task } from "../../pipeline.ts";

type Scheduled = "Pull" | "Schedules";

/** A worker that runs what fired, and does nothing in it. */
export function hourlyWorker(harness: Harness<Scheduled>, pipeline: Pipeline): Runner & Puller {
  return createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
}

export type Ticker = {
  readonly pipeline: Pipeline;
  tick(): Promise<number | undefined>;
  nominals(of?: string): number[];
};

/** A worker that ticks only when told to. */
export function ticker(harness: Harness<Scheduled>, schedules: readonly Schedule[], skewMs = 0): Ticker {
  const pipeline = newPipeline(harness, skewMs);
  const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})], schedules });
  return {
    pipeline,
    tick: () => harness.soon(worker.tick(), "the worker ticked"),
    nominals: (of) =>
      pipeline.events.flatMap((event) =>
        event.type === "fired" && (of === undefined || event.schedule === of) ? [event.nominal] : [],
      ),
  };
}
