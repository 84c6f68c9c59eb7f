import type { Limits } from "../contract/contract.ts";
import { checkName } from "../values/limits.ts";
import { type Check, type Checks, aFunction, anObject, checkOptions, integer } from "../values/options.ts";
import { keyText } from "./key-text.ts";

/** How many jobs with the same key run at a time, over all workers of the store. */
export type ConcurrencyOptions<Key> = {
  /** Which jobs of the definition share a limit: JSON of at most 400 characters. The order of keys does not matter. */
  readonly key: Key;
  /** At least 1. Default: no limit, keys are only served in turn. */
  readonly limit?: number | undefined;
};

/** A queue with a limit, for definitions; made by `defineQueue`. */
export type QueueDefinition = {
  readonly name: string;
  /** How many of its jobs run at a time, over all workers of the store. */
  readonly concurrency: number;
};

const CHECKS: Checks<ConcurrencyOptions<unknown>> = { key: aFunction, limit: integer(1) };
const QUEUE: Checks<Omit<QueueDefinition, "name">> = { concurrency: integer(1) };

export const checkConcurrency: Check = (value, what) => {
  anObject(value, what);
  checkOptions(what, value as object, CHECKS); // it is one
  aFunction((value as Partial<ConcurrencyOptions<unknown>>).key, `key of ${what}`);
};

/** Accepts a queue's name, or what `defineQueue` made. */
export const aQueue: Check = (value, what) => {
  if (typeof value !== "object" || value === null) return checkName(value, what);
  const { name, ...options } = value as Partial<QueueDefinition>; // an object
  checkName(name, `name of ${what}`);
  checkOptions(what, options, QUEUE);
};

/**
 * A queue of which at most `concurrency` jobs run at a time, over all workers. Its definitions name it: `queue:
 * payments`. Where several objects keep the jobs, each has its own count. Fails with `invalid_name` or `invalid_option`.
 *
 * ```ts
 * const payments = defineQueue("payments", { concurrency: 5 });
 * ```
 */
export function defineQueue(name: string, options: { readonly concurrency: number }): QueueDefinition {
  checkName(name, "queue name");
  checkOptions(`queue ${name}`, options ?? {}, QUEUE);
  integer(1)(options?.concurrency, `concurrency of queue ${name}`);
  return { name, concurrency: options.concurrency };
}

/** The contract's form of a job's limits; undefined if it has none. Fails with `invalid_option`. */
export function limitsOf(
  name: string,
  queue: number | undefined,
  rule: ConcurrencyOptions<(input: never) => unknown> | undefined,
  input: never,
): Limits | undefined {
  const limits = queue === undefined ? {} : { queue };
  if (rule === undefined) return queue === undefined ? undefined : limits;
  const key = `${name}:${keyText(rule.key(input), `key of the concurrency of ${name}`)}`;
  return rule.limit === undefined ? { ...limits, key } : { ...limits, key, running: rule.limit };
}
