import { codeOf } from "@longshore/core";

/** What a command's end means to the shell. */
export const EXIT = {
  done: 0,
  /** The store, the server or this program failed: the same command may succeed later. */
  failed: 1,
  /** The command is wrong, and nothing was sent. */
  usage: 2,
  /** There is no such job, or its state does not allow the verb. */
  nothing: 3,
  /** `doctor` found something wrong. */
  found: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Ended = Error & { readonly exitCode: ExitCode };

/** An error that a person can act on, with the exit code that it means. */
export function problem(exitCode: ExitCode, message: string): Ended {
  return Object.assign(new Error(message), { exitCode });
}

/** Those of our errors that say that a command was wrong. */
const WRONG = /^(invalid_(?!request)|batch_too_large)/;

export function exitCodeOf(error: unknown): ExitCode {
  const { exitCode } = Object(error) as Partial<Ended>;
  if (exitCode !== undefined) return exitCode;
  return WRONG.test(codeOf(error) ?? "") ? EXIT.usage : EXIT.failed;
}

/**
 * What a person is told of an error: with the first of its causes, if that is the driver's own. Not its stack: it names files
 * of this program alone.
 */
export function messageOf(error: unknown): string {
  const { message = String(error), cause } = Object(error) as Partial<Error>;
  const code = codeOf(error);
  if (code === undefined) return message;
  return `${code}: ${message}${code === "backend_failed" ? ` Caused by: ${messageOf(firstOf(cause))}` : ""}`;
}

/** A client's error wraps that of `fetch`, which wraps the system's: only that one says what to do. */
function firstOf(cause: unknown): unknown {
  let first = cause;
  for (let depth = 0; depth < 10; depth++) {
    const { cause: next } = Object(first) as { readonly cause?: unknown };
    if (next === undefined) break;
    first = next;
  }
  return first;
}
