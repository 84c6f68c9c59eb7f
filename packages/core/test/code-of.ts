import { type ErrorCode, LongshoreError } from "../src/index.ts";

/** The code of our error that a call fails with; undefined if it succeeds. What is no error of ours is thrown on. */
export async function codeOf(call: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof LongshoreError) return error.code;
    throw error;
  }
}
