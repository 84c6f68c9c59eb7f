import type { AnySchema, Issue, Validated } from "../values/schema.ts";

/** Asks a schema once. One that throws has refused; answers a promise, which never rejects, only where the schema does. */
export function ask(schema: AnySchema, value: unknown): Validated | Promise<Validated> {
  try {
    const answer = schema["~standard"].validate(value);
    return isPromise(answer) ? Promise.resolve(answer).catch(refusal) : answer;
  } catch (error) {
    return refusal(error);
  }
}

/** What follows from an answer that takes time; a promise that may be left alone: of several, the first refusal is told. */
export function later<A, B>(answer: Promise<A>, then: (answer: A) => B | Promise<B>): Promise<B> {
  const decided = answer.then(then);
  decided.catch(() => {});
  return decided;
}

/** By shape: there are promises of other realms, and of libraries. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

function refusal(error: unknown): Validated {
  let message = "unreadable error";
  try {
    message = String((error as Partial<Error> | null)?.message ?? error); // whatever was thrown
  } catch {
    // Somebody's getter, or a revoked Proxy.
  }
  return { issues: [{ message, code: "threw" } as Issue] }; // with a kind, as validators have it
}
