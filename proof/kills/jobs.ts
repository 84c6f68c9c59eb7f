import { type JobRequest, type Schema, defineJob, every, fixed } from "@longshore/core";

// What the producer and the worker share: the jobs of this experiment, and how each of them should end.

/** So short that what a kill interrupts comes back while the kills go on. */
export const LEASE_MS = 1_000;
export const TICK = "tick";
export const TICK_MS = 1_000;
export const TICK_RULE = every("1s");

/** What a handler answers, and so what the store keeps of the run whose result it accepted. */
export type Signature = { readonly token: number; readonly attempt: number };
type Input = { readonly ms: number };

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
  return /^parent-\d+$/.test(id);
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

/** A job to enqueue, and the state that it must end in. */
export type Order = { readonly id: string; readonly request: JobRequest; readonly end: "completed" | "dead" };

/** Of what kind the job of a number is; half of them run at once and to their end, two in ten after so long at least. */
export function orderOf(number: number, ms: number, leastDelay: number): Order {
  const order = (kind: string, make: typeof plain, delay = 0): Order => {
    const id = `${kind}-${number}`;
    return { id, request: make.with({ ms }, { id, delay }), end: kind === "doomed" ? "dead" : "completed" };
  };
  switch (number % 10) {
    case 1:
      return order("flaky", flaky);
    case 3:
      return order("doomed", doomed);
    case 5:
      return order("parent", parent);
    case 7:
    case 9:
      return order("delayed", plain, leastDelay + 10 * ms);
    default:
      return order("plain", plain);
  }
}
