import type { AnySchema, Issue, Validated } from "../values/schema.ts";

/**
 * Validates once. A schema that throws has refused the value. Returns a promise only if the schema does; it never
 * rejects.
 */
export function validate(schema: AnySchema, value: unknown): Validated | Promise<Validated> {
  try {
    const answer = schema["~standard"].validate(value);
    return isPromise(answer) ? Promise.resolve(answer).catch(refusal) : answer;
  } catch (error) {
    return refusal(error);
  }
}

/**
 * Chains on an asynchronous answer. Nobody has to handle the promise: of several, only the first refusal is reported.
 */
export function andThen<A, B>(answer: Promise<A>, then: (answer: A) => B | Promise<B>): Promise<B> {
  const decided = answer.then(then);
  decided.catch(() => {});
  return decided;
}

/** By shape, because of promises from other realms and libraries. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

function refusal(error: unknown): Validated {
  let message = "unreadable error";
  try {
    message = String((error as Partial<Error> | null)?.message ?? error); // any thrown value
  } catch {
    // A getter threw, or a Proxy was revoked.
  }
  return { issues: [{ message, code: "threw" } as Issue] }; // with a kind, as validators' issues have
}
