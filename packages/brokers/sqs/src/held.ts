import type { SqsMessage } from "./queue.ts";

/** A message in hand, kept hidden until something is decided about it. */
export type Held = SqsMessage & {
  /** Does nothing after a decision, and a decision waits for it: otherwise it could undo the delay of a retry. */
  extend(how: () => Promise<void>): Promise<void>;
};

export function hold(message: SqsMessage, done: (held: Held) => void): Held {
  let decided = false;
  let extending: Promise<unknown> = Promise.resolve();
  const decide = async (how: () => unknown): Promise<void> => {
    decided = true;
    try {
      await extending;
      await how();
    } catch (error) {
      decided = false;
      throw error;
    }
    done(held);
  };
  const held: Held = {
    id: message.id,
    handle: message.handle,
    body: message.body,
    attempts: message.attempts,
    receivedAt: message.receivedAt,
    get retryMs() {
      return message.retryMs;
    },
    ack: () => decide(() => message.ack()),
    retry: (delayMs) => decide(() => message.retry(delayMs)),
    async extend(how) {
      if (decided) return;
      const extension = how();
      extending = extension.catch(() => {}); // whoever asked for it is told
      await extension;
    },
  };
  return held;
}
