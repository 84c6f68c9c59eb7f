import type { DeliveredMessage } from "./connection.ts";

/**
 * The messages in this process's hands, over all connections. After a loss the server delivers everything again that was
 * not acknowledged as far as it knows; what this process still runs must not start beside itself, and what it has
 * settled must not run again.
 */
export type Hands = {
  /** A message to work on. Undefined for one that is in hand, or was: it needs nothing more. */
  take(delivered: DeliveredMessage): HeldMessage | undefined;
};

export type HeldMessage = Pick<DeliveredMessage, "body" | "deliveries"> & {
  readonly id: string;
  /** Never rejects: where the channel has ended, the next delivery is acknowledged instead. */
  ack(): Promise<void>;
  readonly acknowledged: boolean;
  /** Gives up a message that nobody could settle; the server delivers it again. Never rejects. */
  drop(): Promise<void>;
};

/** More than a server is likely not to have seen when a connection ends. */
const REMEMBERED = 10_000;

export function createHands(newId: () => string): Hands {
  /** By message id, oldest first. */
  const held = new Map<string, { delivered: DeliveredMessage; acknowledged: boolean }>();
  const done: string[] = [];
  let oldest = 0;

  const remember = (id: string): void => {
    const forgotten = done[oldest];
    if (forgotten !== undefined) held.delete(forgotten);
    done[oldest] = id;
    oldest = (oldest + 1) % REMEMBERED;
  };

  return {
    take(delivered) {
      const { id = newId(), body, deliveries } = delivered;
      const before = held.get(id);
      if (before !== undefined) {
        before.delivered = delivered;
        if (before.acknowledged) delivered.ack().catch(nothing);
        return undefined;
      }
      const hand = { delivered, acknowledged: false };
      held.set(id, hand);
      return {
        id,
        body,
        deliveries,
        get acknowledged() {
          return hand.acknowledged;
        },
        async ack() {
          if (hand.acknowledged) return;
          hand.acknowledged = true;
          remember(id);
          await hand.delivered.ack().catch(nothing);
        },
        async drop() {
          held.delete(id);
          await hand.delivered.requeue().catch(nothing);
        },
      };
    },
  };
}

/** Its channel has ended, and the message comes again. */
const nothing = (): void => {};
