import type { Control, Inspect, Prune, Pull, Renew, Wake, Adapter, Schedules } from "@longshore/core/adapter";
import type { Order, StoredOrder } from "./orders.ts";

/** A job here lasts for milliseconds; after a crash of its worker it runs again so soon. */
export const LEASE = "5s";

/** Orders and their jobs in one database, so that one transaction covers both. */
export type Storage = {
  readonly jobs: Adapter & Pull & Renew & Wake & Inspect & Control & Prune & Schedules;
  /** Stores an order and enqueues its job in one transaction. False if there is an order of this id. */
  addOrder(order: Order): Promise<boolean>;
  findOrder(id: string): Promise<StoredOrder | undefined>;
  confirm(id: string): Promise<void>;
  countOrders(): Promise<{ readonly orders: number; readonly confirmed: number }>;
  close(): Promise<void>;
};
