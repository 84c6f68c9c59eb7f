import { describeFailure } from "./failure.ts";
import type { AnySchema, Issue, Validated } from "./standard.ts";

/**
 * Asks a schema once, and answers what `yes` makes of its output, or `no` of its issues; a schema that throws has
 * refused. Answers a promise only where the schema does, and one that may be left alone.
 */
export function ask<T>(
  schema: AnySchema,
  value: unknown,
  yes: (output: unknown) => T | Promise<T>,
  no: (issues: readonly Issue[]) => T | Promise<T>,
): T | Promise<T> {
  let answer: Validated | Promise<Validated>;
  try {
    answer = schema["~standard"].validate(value);
  } catch (error) {
    return no(thrown(error));
  }
  const decide = (checked: Validated): T | Promise<T> =>
    checked.issues === undefined ? yes(checked.value) : no(checked.issues);
  if (!isPromise(answer)) return decide(answer);
  const decided = Promise.resolve(answer).then(decide, (error: unknown) => no(thrown(error)));
  // Of several that are asked together, the first refusal is told, and nobody awaits the others.
  decided.catch(() => {});
  return decided;
}

/** By shape: there are promises of other realms, and of libraries. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

function thrown(error: unknown): readonly Issue[] {
  return [{ message: describeFailure(error).message, code: "threw" } as Issue]; // with a kind, as validators have it
}
