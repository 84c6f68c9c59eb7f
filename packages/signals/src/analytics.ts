import type { EventListener } from "@longshore/core";
import { type Checks, aBoolean, mustBe, checkOptions, withMethods, listOf } from "@longshore/core/adapter";

/** The part of a Workers Analytics Engine binding that is used here. */
export type AnalyticsDataset = {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
};

export type AnalyticsOptions = {
  /** Keys of the jobs' metadata that become `blob6` and so on, at most 15. Default: none. */
  readonly metadata?: readonly string[] | undefined;
  /** Whether `blob5` is the error's message. Default: false, because a message may quote the payload. */
  readonly messages?: boolean | undefined;
};

/** https://developers.cloudflare.com/analytics/analytics-engine/limits/: a 96-byte index, 20 blobs, 16 KB in all. */
const INDEX_BYTES = 96;
const BLOB_BYTES = 800;
const MOST_METADATA = 15;

/** The class at the beginning of a stack. The message follows it, and may contain private data. */
const ERROR_CLASS = /^[\w.$]{1,64}(?=:|\n|$)/;

const CHECKS: Checks<AnalyticsOptions> = {
  metadata(value, what) {
    listOf(mustBe("a name", (name) => typeof name === "string"))(value, what);
    mustBe(`at most ${MOST_METADATA} names`, () => (value as readonly string[]).length <= MOST_METADATA)(value, what);
  },
  messages: aBoolean,
};

/**
 * Makes an event listener that writes a data point to Workers Analytics Engine for every enqueued job and every ended
 * attempt, never with a payload: for rates, errors and times over three months, by SQL. Give it to the worker and to
 * the queue. The platform drops more than 250 data points of one invocation. Fails with `invalid_option`.
 *
 * ```ts
 * createWorker(durableObjects(env.JOBS), { handlers, onEvent: analyticsEngine(env.EVENTS) });
 * ```
 */
export function analyticsEngine(dataset: AnalyticsDataset, options: AnalyticsOptions = {}): EventListener {
  withMethods("writeDataPoint")(dataset, "dataset of analyticsEngine");
  checkOptions("analyticsEngine", options, CHECKS);
  const { metadata = [], messages = false } = options;
  /** How long the running attempts had waited. Every attempt that begins also ends, and is then removed. */
  const waits = new Map<string, number>();

  return (event) => {
    if (!("job" in event)) return;
    const { type, job } = event;
    const attempt = "attempt" in event ? event.attempt : 0;
    const key = `${job.partition} ${job.id} ${attempt}`;
    if (type === "started") return void waits.set(key, event.waitedMs);
    const failure = "failure" in event ? event.failure : undefined;
    const error = type === "leaseLost" ? event.reason : ERROR_CLASS.exec(failure?.stack ?? "")?.[0];
    const known = [type, job.queue, job.name, error, messages ? failure?.message : ""];
    dataset.writeDataPoint({
      indexes: [cut(job.queue, INDEX_BYTES)],
      blobs: [...known, ...metadata.map((name) => job.metadata[name])].map((text = "") => cut(text, BLOB_BYTES)),
      doubles: ["startedAt" in event ? Math.max(0, event.at - event.startedAt) : 0, attempt, waits.get(key) ?? 0],
    });
    waits.delete(key);
  };
}

const encoder = new TextEncoder();

/** The beginning of a text, in whole characters, with at most this many bytes of UTF-8. */
function cut(text: string, bytes: number): string {
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read);
}
