import { type Handler, type JobContext, handle, nonRetryable, retryAfter, snooze } from "@longshore/core";
import { between, randomFor, pick } from "./random.ts";
import { scripted, scriptedMs } from "./scripted-jobs.ts";
import { type Input, DEFINITIONS, type Slots, type JobDefinition, request } from "./job-definitions.ts";
import type { Extension } from "./extension.ts";
import type { Process } from "./process.ts";
import type { Runs } from "./runs.ts";

/** What handlers need to know about their surroundings. */
export type HandlerOptions = {
  readonly seed: number;
  readonly process: Process;
  readonly runs: Runs;
  /** Identifies the worker. */
  readonly worker: object;
  readonly slots: Slots;
  readonly extraJobs: Extension["jobs"];
  readonly knows: (kind: string) => boolean;
  /** Whether handlers follow the script. */
  readonly scripted: boolean;
};

export function handlers(options: HandlerOptions): Handler[] {
  const seen = new Set<string>();
  const handlerOf = (definition: JobDefinition | Extension["jobs"][number]): Handler =>
    handle(definition as JobDefinition, (given: Input, context) =>
      run({ ...options, seen }, definition as JobDefinition, given, context),
    ); // only scripted jobs read their input
  return [...Object.values(DEFINITIONS).filter(({ name }) => options.knows(name)), ...options.extraJobs].map(handlerOf);
}

/** Runs one execution. Its result depends only on its claim. */
async function run(
  options: HandlerOptions & { readonly seen: Set<string> },
  definition: JobDefinition,
  given: Input,
  context: JobContext,
): Promise<unknown> {
  const { seed, process, runs, worker } = options;
  const { id, token, queue, signal } = context;
  const attempts = definition.retry?.attempts ?? 5;
  const slots = options.slots[queue] ?? 0;
  const returned = runs.start(process, { context, input: given, attempts, slots, worker });
  const random = randomFor(seed, `run ${id}#${token}`);
  if (definition.name === "poison") process.crash();
  process.wait("handler");
  if (options.scripted) {
    await process.sleep(scriptedMs(given.n), signal);
    returned();
    return definition.name === "scripted" ? scripted(given.n, context, options.seen) : { n: 1 };
  }
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
    // The same id for every attempt: a second completion must not create a second job.
    context.enqueue(request("plain", n, { id: `${context.id}:next` }));
    if (random() < 0.3) context.enqueue(request("mail", n, { delay: 2_000, id: `${context.id}:later` }));
  }
  return { n: 1 };
}
