import type { Traits } from "../contract/contract.ts";
import type { Message, Post } from "./message.ts";

/** What is different in each broker. `M` is a message as it delivers them. */
export type BrokerOptions<T extends Traits = Traits, M = unknown> = {
  readonly name: string;
  readonly traits: T;
  /** The most bytes of one message's body, in UTF-8. Longer jobs are refused with `payload_too_large`. */
  readonly messageBytes: number;
  /** The longest delay (ms) of one message, a multiple of `delayStepMs`. A longer one goes from message to message. */
  readonly hopMs: number;
  /**
   * For brokers whose messages cannot be sent with a delay: a message that comes before it is due is hidden by
   * `retry`, for at most `hopMs` at a time, and those deliveries are no attempts.
   */
  readonly hides?: boolean | undefined;
  /** Ms since the epoch. */
  now(): number;
  readonly post: Post;
  /** May throw for what cannot be read, which then counts as foreign. */
  message(one: M): Message;
};
