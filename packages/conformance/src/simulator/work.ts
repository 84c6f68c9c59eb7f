import {
  type AnySchema,
  type Binding,
  type Definition,
  type JobContext,
  type JobRequest,
  type Schema,
  defineJob,
  exponential,
  fixed,
  handle,
  nonRetryable,
  retryAfter,
  snooze,
} from "@longshore/core";
import { between, chance, pick } from "./chance.ts";
import type { Process } from "./process.ts";
import type { Runs } from "./runs.ts";

export type Input = { readonly n: number };

const input: Schema<Input> = {
  "~standard": { version: 1, vendor: "longshore", validate: (value) => ({ value: value as Input }) }, // as enqueued
};
/** A schema that takes its time. */
const lateInput: Schema<Input> = {
  "~standard": { version: 1, vendor: "longshore", validate: async (value) => ({ value: value as Input }) }, // as enqueued
};

type Work = Definition<Schema<Input>, AnySchema | undefined>;
const define = defineJob as (name: string, options: object) => Work; // features do not matter here: a store has all

const brief = { input, timeout: "20s", keep: "10m" };
/** Every kind of job that the histories are made of. */
export const KINDS: { readonly [name: string]: Work } = {
  plain: define("plain", { ...brief, retry: exponential({ attempts: 4, first: "500ms", max: "20s" }) }),
  mail: define("mail", { ...brief, queue: "mail", retry: fixed({ attempts: 3, delay: "3s" }), output: input }),
  keyed: define("keyed", { ...brief, keep: "25s", retry: fixed({ attempts: 2, delay: "1s" }) }),
  fleeting: define("fleeting", { ...brief, keep: 0, input: lateInput, retry: fixed({ attempts: 3, delay: 0 }) }),
  chained: define("chained", { ...brief, retry: fixed({ attempts: 5, delay: "2s" }) }),
  // Longer than a lease, so that only renewals keep it.
  slow: define("slow", { ...brief, timeout: "90s", queue: "mail", retry: fixed({ attempts: 3, delay: "1s" }) }),
  // Kills its worker each time.
  poison: define("poison", { ...brief, retry: fixed({ attempts: 2, delay: "1s" }) }),
  // Not every worker knows it before the last deploy.
  novel: define("novel", { ...brief, retry: fixed({ attempts: 3, delay: "1s" }) }),
  beat: define("beat", { ...brief, priority: 3, retry: fixed({ attempts: 2, delay: "1s" }) }),
};
export const QUEUES: readonly string[] = ["default", "mail"];
export const SLOTS = { default: 3, mail: 2 } as const;

export function request(kind: string, n: number, options: JobRequest["options"] = {}): JobRequest {
  const definition = KINDS[kind];
  if (definition === undefined) throw new Error(`there are no jobs of the kind ${kind}`);
  return definition.with({ n }, options);
}

/** What handlers need to know of where they run. */
export type Crew = {
  readonly seed: number;
  readonly process: Process;
  readonly runs: Runs;
  /** Stands for the worker. */
  readonly worker: object;
  readonly knows: (kind: string) => boolean;
};

export function handlers(crew: Crew): Binding[] {
  return Object.values(KINDS)
    .filter(({ name }) => crew.knows(name))
    .map((definition) => handle(definition, (given: Input, context) => run(crew, definition, given, context)));
}

/** One execution. What it comes to depends on its claim alone. */
async function run(crew: Crew, definition: Work, given: Input, context: JobContext): Promise<unknown> {
  const { seed, process, runs, worker } = crew;
  const { id, token, queue, signal } = context;
  const attempts = definition.retry?.attempts ?? 5;
  const slots = SLOTS[queue as keyof typeof SLOTS]; // every definition is of one of them
  const returned = runs.start(process, { context, input: given, attempts, slots, worker });
  const random = chance(seed, `run ${id}#${token}`);
  if (definition.name === "poison") process.crash();
  process.wait("handler");
  const longest = definition.name === "slow" ? 60_000 : 2_000;
  if (random() < 0.7) await process.sleep(random() * longest, random() < 0.9 ? signal : undefined);
  else await Promise.resolve();
  try {
    return outcome(definition.name, random, context, process);
  } finally {
    returned();
  }
}

function outcome(kind: string, random: () => number, context: JobContext, process: Process): unknown {
  if (context.signal.aborted && random() < 0.7) throw context.signal.reason;
  const luck = random();
  if (luck < 0.12) throw new Error(pick(random, ["it broke", "again", ""]));
  if (luck < 0.16) throw retryAfter(between(random, 0, 8_000), "busy");
  if (luck < 0.2) throw snooze(between(random, 0, 6_000));
  if (luck < 0.22) throw nonRetryable("no such account");
  if (luck < 0.23) process.crash();
  if (kind === "chained" && random() < 0.8) {
    const n = between(random, 1, 1_000);
    // The same for every attempt: a second completion must not make a second one.
    context.enqueue(request("plain", n, { id: `${context.id}:next` }));
    if (random() < 0.3) context.enqueue(request("mail", n, { delay: 2_000, id: `${context.id}:later` }));
  }
  return { n: 1 };
}
