import { setTimeout as delay } from "node:timers/promises";
import type { Order } from "../src/orders.ts";
import type { App } from "./app.ts";

/** How many orders are sent at a time. */
const SENDERS = 8;

/**
 * Sends every order until the app acknowledges it, whatever happens to the app meanwhile. `onAcknowledged` is told how
 * many were.
 */
export async function sendOrders(
  orders: readonly Order[],
  app: App,
  onAcknowledged: (count: number) => void,
): Promise<{ readonly requests: number }> {
  const waiting = [...orders];
  let acknowledged = 0;
  let requests = 0;
  const send = async (order: Order): Promise<void> => {
    for (;;) {
      requests++;
      const response = await fetch(`${app.url()}/orders`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(order),
      }).catch(() => undefined);
      const status = response?.status;
      await response?.body?.cancel().catch(() => {});
      if (status === 200 || status === 201) return onAcknowledged(++acknowledged);
      if (status !== undefined && status < 500) throw new Error(`${order.id} was refused with ${status}.`);
      // Nobody answered, or only half: the order may be there or not. The same id makes it safe to ask again.
      await delay(50);
    }
  };
  const sender = async (): Promise<void> => {
    for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) await send(order);
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return { requests };
}
