/// <reference lib="esnext.disposable" preserve="true" />
import type { Close } from "../contract/contract.ts";
import { LongshoreError } from "./errors.ts";

/** An adapter that `await using` closes at the end of its block. */
export type Closing = Close & {
  /** `close()`, at the end of the block that has `await using adapter = …`. */
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * The methods of an adapter that can be closed, of which the second call waits for the first; and `check`, which refuses
 * what comes after (`invalid_option`). What `end` itself calls is not refused.
 */
export function createClosing(
  name: string,
  end: () => unknown,
): { readonly methods: Closing; readonly check: () => void } {
  let isClosed = false;
  let closing: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await end();
    } finally {
      isClosed = true;
    }
  };
  const close = (): Promise<void> => (closing ??= run());
  return {
    methods: { close, [Symbol.asyncDispose]: close },
    check() {
      if (!isClosed) return;
      throw new LongshoreError(
        "invalid_option",
        `This ${name} adapter was closed by close(): make another one to go on.`,
      );
    },
  };
}
