import {
  type Definition,
  type JobEvent,
  type Logger,
  type Platform,
  type Puller,
  type Runner,
  type Schema,
  defineJob,
} from "@longshore/core";
import { AssertionError } from "./expect.ts";
import type { Harness } from "./harness.ts";

/** What the core's cases share: options for the queue and the worker, and a record of their events. */
export type Pipeline = {
  readonly options: PipelineOptions;
  readonly events: readonly JobEvent[];
  /** The types of the events so far. */
  types(): readonly JobEvent["type"][];
  /** The newest event of a type; fails the case if there is none. */
  newest<T extends JobEvent["type"]>(type: T): JobEvent & { readonly type: T };
  count(type: JobEvent["type"]): number;
  /** Runs due jobs through the worker, as the adapter's host would. May need time to pass before it ends. */
  drive(worker: Runner | (Runner & Puller)): Promise<unknown>;
  /** Like `drive`, if no time needs to pass. */
  drain(worker: Runner | (Runner & Puller)): Promise<void>;
};

type PipelineOptions = {
  readonly platform: Platform;
  readonly log: Logger;
  readonly onEvent: (event: JobEvent) => void;
};

/** `skewMs`: how far this process's time of day is off. */
export function newPipeline(harness: Harness, skewMs: number | (() => number) = 0): Pipeline {
  const events: JobEvent[] = [];
  const options: PipelineOptions = {
    platform: harness.platform(skewMs),
    log: silent,
    onEvent: (event) => void events.push(event),
  };

  const drive = (worker: Runner | (Runner & Puller)): Promise<unknown> => {
    const driven =
      "drain" in worker && !harness.delivers
        ? worker.drain()
        : harness.deliver(async (jobs) => void (await worker.run(jobs)));
    // If a case fails before it awaits this, its own error is enough.
    driven.catch(() => {});
    return driven;
  };

  return {
    options,
    events,
    types: () => events.map(({ type }) => type),
    newest<T extends JobEvent["type"]>(type: T) {
      const found = events.filter((event) => event.type === type).at(-1);
      if (found === undefined)
        throw new AssertionError(`there should be an event ${type}, but there are ${show(events)}`);
      return found as JobEvent & { readonly type: T }; // found by its type
    },
    count: (type) => events.filter((event) => event.type === type).length,
    drive,
    async drain(worker) {
      await harness.soon(drive(worker), "the worker ran all that was due");
    },
  };
}

function show(events: readonly JobEvent[]): string {
  return events.map(({ type }) => type).join(", ") || "none";
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A schema that takes any input as it is. */
export function anyInput<T>(): Schema<T> {
  return { "~standard": { version: 1, vendor: "longshore", validate: (value) => ({ value: value as T }) } }; // the test says what it sends
}

export const anything: Schema<Record<string, unknown>> = anyInput();

/** A plain job in the default queue, with the default retries and the default timeout of a minute. */
export const task: Definition<typeof anything, undefined, never> = defineJob("task", { input: anything });

/** A promise that the case resolves. */
export type Gate = { readonly opened: Promise<void>; open(): void };

export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
