import {
  type AnySchema,
  type Definition,
  type JobRequest,
  type Schema,
  defineJob,
  defineQueue,
  exponential,
  fixed,
} from "@longshore/core";

export type Input = { readonly n: number };

const input: Schema<Input> = {
  "~standard": { version: 1, vendor: "longshore", validate: (value) => ({ value: value as Input }) }, // as enqueued
};
/** A schema that validates asynchronously. */
const lateInput: Schema<Input> = {
  "~standard": { version: 1, vendor: "longshore", validate: async (value) => ({ value: value as Input }) }, // as enqueued
};

export type JobDefinition = Definition<Schema<Input>, AnySchema | undefined>;
const define = defineJob as (name: string, options: object) => JobDefinition; // a full store has all features

const KEYS = 3;
const key = ({ n }: Input): number => n % KEYS;
/** Jobs of other kinds are in this queue, too, and have no limit. */
const SHALLOW = defineQueue("mail", { maxDepth: 6 });
const brief = { input, timeout: "20s", keep: "10m" };
/** Every kind of job in the histories. */
export const DEFINITIONS: { readonly [name: string]: JobDefinition } = {
  plain: define("plain", { ...brief, retry: exponential({ attempts: 4, first: "500ms", max: "20s" }) }),
  mail: define("mail", { ...brief, queue: "mail", retry: fixed({ attempts: 3, delay: "3s" }), output: input }),
  keyed: define("keyed", { ...brief, keep: "25s", retry: fixed({ attempts: 2, delay: "1s" }) }),
  fleeting: define("fleeting", { ...brief, keep: 0, input: lateInput, retry: fixed({ attempts: 3, delay: 0 }) }),
  chained: define("chained", { ...brief, retry: fixed({ attempts: 5, delay: "2s" }) }),
  // Takes longer than a lease, so it needs renewals.
  slow: define("slow", { ...brief, timeout: "90s", queue: "mail", retry: fixed({ attempts: 3, delay: "1s" }) }),
  // Kills its worker each time.
  poison: define("poison", { ...brief, retry: fixed({ attempts: 2, delay: "1s" }) }),
  // Before the last deploy, some workers do not know it.
  novel: define("novel", { ...brief, retry: fixed({ attempts: 3, delay: "1s" }) }),
  // Each key has few values, so that they meet.
  single: define("single", { ...brief, keep: "5s", retry: fixed({ attempts: 3, delay: "2s" }), unique: { key } }),
  latest: define("latest", { ...brief, retry: fixed({ attempts: 3, delay: "2s" }), unique: { key, on: "replace" } }),
  tenant: define("tenant", { ...brief, retry: fixed({ attempts: 3, delay: "1s" }), concurrency: { key, limit: 2 } }),
  // One that fails holds up those behind it.
  ordered: define("ordered", { ...brief, retry: fixed({ attempts: 3, delay: "2s" }), order: { key } }),
  shallow: define("shallow", { ...brief, retry: fixed({ attempts: 2, delay: "1s" }), queue: SHALLOW }),
  paced: define("paced", {
    ...brief,
    retry: fixed({ attempts: 3, delay: "1s" }),
    throttle: { key, limit: 2, per: "3s", burst: 2 },
  }),
  // They come after others, and are dead with them, or run anyway.
  child: define("child", { ...brief, keep: 0, retry: fixed({ attempts: 2, delay: "1s" }) }),
  tolerant: define("tolerant", { ...brief, retry: fixed({ attempts: 2, delay: "1s" }) }),
  fresh: define("fresh", { ...brief, retry: fixed({ attempts: 3, delay: "1s" }), startWithin: "3s" }),
  calm: define("calm", { ...brief, queue: "mail", unique: { key, on: "debounce", maxWait: "20s" } }),
  scripted: define("scripted", { ...brief, timeout: "90s", retry: fixed({ attempts: 3, delay: "1s" }) }),
  scheduled: define("scheduled", { ...brief, priority: 3, retry: fixed({ attempts: 2, delay: "1s" }) }),
};
/** The queues that are sometimes paused. */
export const QUEUES: readonly string[] = ["default", "mail"];

/** How many jobs of each queue a worker runs at a time. */
export type Slots = Readonly<Record<string, number>>;
export const SLOTS: Slots = { default: 3, mail: 2 };

export function request(kind: string, n: number, options: JobRequest["options"] = {}): JobRequest {
  const definition = DEFINITIONS[kind];
  if (definition === undefined) throw new Error(`there are no jobs of the kind ${kind}`);
  return definition.with({ n }, options);
}
