import { LongshoreError } from "@longshore/core";
import type { PostAnswers } from "@longshore/core/broker";

/** Runs the items of one turn together. Each call fails with `enqueue_failed` if its own item did. */
export function gather<T>(run: (items: readonly T[]) => Promise<PostAnswers>): (item: T) => Promise<void> {
  let waiting: T[] = [];
  let answers: Promise<PostAnswers> | undefined;
  const begin = async (): Promise<PostAnswers> => {
    await Promise.resolve();
    const mine = waiting;
    waiting = [];
    answers = undefined;
    return run(mine);
  };
  return async (item) => {
    const place = waiting.push(item) - 1;
    answers ??= begin();
    const reason = (await answers)[place];
    if (reason !== undefined) throw new LongshoreError("enqueue_failed", reason);
  };
}
