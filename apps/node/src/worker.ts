import { type Worker, createWorker, handle } from "@longshore/core";
import { confirmOrder } from "./orders.ts";
import type { Storage } from "./storage.ts";

/** Confirms orders to the warehouse, whose URL answers any 2xx once it has the order. */
export function createOrderWorker(storage: Storage, warehouse: URL): Worker<Storage["jobs"]> {
  const handler = handle(confirmOrder, async ({ order: id }, { signal, attempt }) => {
    const order = await storage.findOrder(id);
    const response = await fetch(warehouse, {
      method: "POST",
      headers: { "content-type": "application/json", "x-attempt": String(attempt) },
      body: JSON.stringify(order),
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The warehouse answered ${response.status}.`);
    await storage.confirm(id);
  });
  return createWorker(storage.jobs, { handlers: [handler], queues: { default: 20 }, poll: "1s" });
}
