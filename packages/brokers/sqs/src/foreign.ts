import type { ForeignHandler, Message } from "@longshore/core/broker";

/** A message that is not ours, such as one sent before you used this library. */
export type ForeignMessage = {
  readonly id: string;
  readonly body: string;
  /** Deliveries so far, from 1. */
  readonly attempts: number;
  /** The first of `ack` and `retry` counts. */
  ack(): void;
  /** In ms, at most 12 hours. */
  retry(delayMs: number): void;
};

export function handledBy(foreign: (message: ForeignMessage) => unknown): ForeignHandler<Message> {
  return (own, decide) =>
    foreign({
      id: own.id,
      body: String(own.body),
      attempts: own.attempts,
      ack: () => decide(() => own.ack()),
      retry: (delayMs) => decide(() => own.retry(Math.min(delayMs, own.retryMs))),
    });
}
