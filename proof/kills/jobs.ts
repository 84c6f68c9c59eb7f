import { type JobRequest, type Schema, defineJob, every, fixed } from "@longshore/core";

// What the producer and the worker share: the jobs of this experiment, and how each of them should end.

/** So short that what a kill interrupts comes back while the kills go on. */
export const LEASE_MS = 1_000;
export const TICK = "tick";
export const TICK_MS = 1_000;
export const TICK_RULE = every("1s");

/** What a handler answers, and so what the store keeps of the run whose result it accepted. */
export type Signature = { readonly token: number; readonly attempt: number };
export type Input = {
  /** How long it runs. */
  readonly ms: number;
  /** Its name in the ledger, where the backend gives jobs ids of its own. */
  readonly id?: string;
};

/** Takes what the compiler let through. */
const input: Schema<Input> = asIs();
const output: Schema<Signature> = asIs();
function asIs<T>(): Schema<T> {
  return { "~standard": { version: 1, vendor: "kills", validate: (value) => ({ value: value as T }) } };
}

/** As often as it takes: every kill costs an attempt. */
const again = fixed({ delay: 50, attempts: 1_000 });

/** For anybody to run; the stragglers claim from its queue too. */
export const plain = defineJob("plain", { input, output, queue: "shared", retry: again });
/** The same, and nothing of it is kept: its settlement deletes its row. */
export const brief = defineJob("brief", { input, output, queue: "shared", retry: again, keep: 0 });
/** Fails at its first attempt. */
export const flaky = defineJob("flaky", { input, output, queue: "own", retry: again });
/** Fails to its end, and has a dead letter. */
export const doomed = defineJob("doomed", { input, output, queue: "own", retry: fixed({ delay: 50, attempts: 3 }) });
/** Asks for a child in the operation that completes it. */
export const parent = defineJob("parent", { input, output, queue: "own", retry: again });
export const child = defineJob("child", { input, output, queue: "own", retry: again });
/** What the schedule enqueues. */
export const tick = defineJob(TICK, { input, output, queue: TICK, retry: again });

export function isParent(id: string): boolean {
  return /^parent-[\d.]+$/.test(id);
}

export function childOf(parentId: string): string {
  return `${parentId}.child`;
}

/** The id of the schedule's job for a nominal time, in ms since the epoch. */
export function tickId(nominal: number): string {
  return `$schedule:${TICK}:${new Date(nominal).toISOString()}`;
}

/** The nominal time of a schedule's job; undefined for any other id. */
export function nominalOf(id: string): number | undefined {
  const prefix = `$schedule:${TICK}:`;
  return id.startsWith(prefix) ? Date.parse(id.slice(prefix.length)) : undefined;
}

/** The state that a job must end in; `gone`: completed, and the store no longer has it. */
export type End = "completed" | "dead" | "gone";

/** A job to enqueue. */
export type Order = { readonly id: string; readonly request: JobRequest; readonly end: End };

/**
 * Of what kind the job of a number is; half of them run at once and to their end, two in ten after so long at least.
 * `origin`: a number of the producer.
 */
export function orderOf(origin: number, number: number, ms: number, leastDelay: number): Order {
  const order = (kind: string, make: typeof plain, end: End = "completed", delay = 0): Order => {
    const id = `${kind}-${origin}.${number}`;
    return { id, request: make.with({ ms }, { id, delay }), end };
  };
  switch (number % 10) {
    case 1:
      return order("flaky", flaky);
    case 3:
      return order("doomed", doomed, "dead");
    case 5:
      return order("parent", parent);
    case 7:
    case 9:
      return order("delayed", plain, "completed", leastDelay + 10 * ms);
    case 8:
      return order("brief", brief, "gone");
    default:
      return order("plain", plain);
  }
}

/** The same for a broker, which gives jobs ids of its own, and keeps nothing of one that is completed. */
export function messageOf(...about: Parameters<typeof orderOf>): Order {
  const { id, request, end } = orderOf(...about);
  const { definition, input, options } = request;
  const named = { ...(input as Input), id }; // all of them have it
  return {
    id,
    request: { definition, input: named, options: { delay: options?.delay } },
    end: end === "dead" ? "dead" : "gone",
  };
}
