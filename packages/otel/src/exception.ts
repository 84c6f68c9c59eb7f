import { codeOf } from "@longshore/core";
import { isError } from "@longshore/core/adapter";
import { OTHER_ERROR } from "./attributes.ts";

/** What is recorded of an error. */
export type RecordedException = { readonly type: string; readonly message?: string; readonly stack?: string };

const CLASS_NAME = /^[\w.$-]{1,64}$/;
/** In UTF-16 units; a store keeps as much of a failure. */
const MESSAGE_LENGTH = 1_000;
const STACK_LENGTH = 3_000;

/**
 * Describes a thrown value: by a `LongshoreError`'s code, another error's name, or `_OTHER`. The message and the stack,
 * which begins with it, are left out unless asked for: they may quote the payload.
 */
export function exceptionOf(thrown: unknown, withMessage: boolean): RecordedException {
  try {
    if (!isError(thrown)) return { type: OTHER_ERROR };
    const type: unknown = codeOf(thrown) ?? thrown.name;
    const exception = { type: typeof type === "string" && CLASS_NAME.test(type) ? type : OTHER_ERROR };
    if (!withMessage) return exception;
    const { message, stack = "" } = thrown;
    return { ...exception, message: message.slice(0, MESSAGE_LENGTH), stack: stack.slice(0, STACK_LENGTH) };
  } catch {
    // A Proxy, a getter that throws, or a message that is no string.
    return { type: OTHER_ERROR };
  }
}
