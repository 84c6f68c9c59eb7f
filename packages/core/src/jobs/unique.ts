import type { Unique } from "../contract/enqueue.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { refuse } from "../values/errors.ts";
import { type Checks, anything, checkOptions, duration, oneOf } from "../values/options.ts";
import { keyText, scopedKey } from "./key-text.ts";

/** Uniqueness apart from the id. Each key is of one job at a time; a queue's `release` frees it early. */
export type UniqueOptions<Key> = {
  /** What must be unique: JSON of at most 400 characters. The order of keys does not matter; `1` is not `"1"`. */
  readonly key: Key;
  /** Among which jobs: those of this definition (the default), of its queue, or all. */
  readonly per?: "name" | "queue" | "store" | undefined;
  /** The key is held at least so long from the enqueue on, past the job's end, too. Default: until it has ended. */
  readonly for?: Duration | undefined;
  /**
   * What an enqueue does if another job holds the key. `"keep"`, the default: nothing, the answer is a `duplicate`.
   * `"replace"`: a job that waits gets this input, due time, priority and metadata, and all its attempts; behind one
   * that runs, one job waits for its end, always with the latest input. `"debounce"`: the same, and the `delay` counts
   * anew, but ends at most `maxWait` after the first enqueue.
   */
  readonly on?: "keep" | "replace" | "debounce" | undefined;
} & (
  | { readonly on: "debounce"; readonly maxWait?: Duration | undefined }
  | { readonly on?: "keep" | "replace" | undefined; readonly maxWait?: undefined }
);

const CHECKS: Checks<UniqueOptions<unknown>> = {
  key: anything,
  per: oneOf("name", "queue", "store"),
  for: duration(),
  on: oneOf("keep", "replace", "debounce"),
  maxWait: duration(),
};

export function checkUnique(options: unknown, what: string): void {
  checkOptions(what, options as object, CHECKS);
  const { on, maxWait } = options as UniqueOptions<unknown>;
  if (maxWait !== undefined && on !== "debounce")
    refuse("invalid_option", `maxWait of ${what}`, 'left out, or on: "debounce"', maxWait);
}

/** The contract's form of a key, with its scope. Fails with `invalid_option`. */
export function uniqueOf(
  definition: { readonly name: string; readonly queue: string },
  { key, per = "name", for: held, on = "keep", maxWait }: UniqueOptions<unknown>,
): Unique {
  return {
    key: scopedKey(definition, per, keyText(key, `unique key of ${definition.name}`)),
    on,
    ...(held !== undefined && { forMs: toMs(held) }),
    ...(maxWait !== undefined && { maxWaitMs: toMs(maxWait) }),
  };
}
