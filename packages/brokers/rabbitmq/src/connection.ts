/**
 * What the broker needs of an AMQP client: one connection, without a reconnect. `overAmqpClient` and `overAmqplib` make
 * it of the two clients; for another one, write it yourself.
 */
export type Connection = {
  /** Declares what does not exist yet. Rejects if the server has something else of that name. */
  declare(topology: Topology): Promise<void>;
  /**
   * Sends a persistent message. `confirmed`: the server has stored it. `unroutable`: it returned the message, because no
   * queue is there for it. Rejects if the server refused it, or the connection ended before the answer.
   */
  publish(message: OutgoingMessage): Promise<"confirmed" | "unroutable">;
  /** Subscribes to a queue, in a channel of its own, with at most `prefetch` messages that are not acknowledged. */
  consume(queue: string, prefetch: number, deliver: (message: DeliveredMessage) => void): Promise<Subscription>;
  /** Resolves with the reason when the connection has ended, whoever ended it. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it. Messages that are not acknowledged are delivered again. Never rejects. */
  close(): Promise<void>;
};

/** Opens a connection. Called again after each one that ended. */
export type Connect = () => Promise<Connection>;

export type OutgoingMessage = {
  /** Of this message alone: AMQP's `message-id`. */
  readonly id: string;
  readonly exchange: string;
  readonly key: string;
  readonly body: string;
};

export type DeliveredMessage = {
  /** As its sender made it. Undefined if it made none. */
  readonly id: string | undefined;
  readonly body: string;
  /** From 1: the server counts those that were not acknowledged. */
  readonly deliveries: number;
  /** Rejects if the message's channel has ended: the server then delivers it again. */
  ack(): Promise<void>;
  /** The server delivers it again at once. Rejects as `ack` does. */
  requeue(): Promise<void>;
};

export type Subscription = {
  /** Resolves with the reason when no more messages can come. Never rejects. */
  readonly ended: Promise<string>;
  /** No more messages are delivered; those that were can still be acknowledged. Never rejects. */
  cancel(): Promise<void>;
  /** Closes the channel: what was not acknowledged is delivered again. Never rejects. */
  close(): Promise<void>;
};

/** What must exist in the server. Everything is durable. */
export type Topology = {
  readonly exchanges: readonly { readonly name: string; readonly type: "topic" }[];
  readonly queues: readonly { readonly name: string; readonly arguments: Readonly<Record<string, string | number>> }[];
  /** From an exchange to a queue or another exchange. */
  readonly bindings: readonly {
    readonly from: string;
    readonly to: string;
    readonly kind: "queue" | "exchange";
    readonly key: string;
  }[];
};

/** Reads the server's count of the deliveries before this one. */
export function deliveriesOf(headers: object | undefined): number {
  const { "x-delivery-count": before = 0 } = (headers ?? {}) as Readonly<Record<string, unknown>>; // any sender's
  return 1 + (Number(before) || 0);
}
