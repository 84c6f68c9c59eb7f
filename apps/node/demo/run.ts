import { setTimeout as delay } from "node:timers/promises";
import { startApp } from "./app.ts";
import type { Server, ServerEnd } from "./embedded-postgres.ts";
import { orders } from "./orders.ts";
import { sendOrders } from "./shop.ts";
import { openWarehouse } from "./warehouse.ts";

export type Result = {
  readonly acknowledged: number;
  /** Orders of which the warehouse was told. */
  readonly delivered: number;
  /** Acknowledged, and never told to the warehouse or never marked as confirmed. */
  readonly lost: number;
  /** Told to the warehouse, and no order of ours. */
  readonly unknown: number;
  /** Orders told more than once: the app was killed between telling and settling. */
  readonly twice: number;
  readonly refusedByWarehouse: number;
  readonly requests: number;
};

type Status = { readonly orders: number; readonly confirmed: number };

/** How often nothing may have changed, a second apart, before the rest counts as lost. */
const MOST_SILENT = 60;

/** `server`: of the database, if it has one; then it is ended in the middle, too. */
export async function runDemo(
  database: string,
  say: (line: string) => void,
  verbose: boolean,
  server?: Server,
): Promise<Result> {
  const warehouse = await openWarehouse();
  const ends: Promise<void>[] = [];
  const app = await startApp({ DATABASE: database, WAREHOUSE: warehouse.url }, verbose ? "inherit" : "ignore");
  try {
    const all = orders();
    const interrupt = async (what: string, by: string, restart: () => Promise<void>): Promise<void> => {
      say(`${acknowledged} of ${all.length} orders acknowledged, ${warehouse.taken.size} delivered: ${by} to ${what}`);
      await restart();
      say(`${what} is back`);
    };
    const toApp = (signal: "SIGTERM" | "SIGKILL") => () => interrupt("the app", signal, () => app.restart(signal));
    const toServer = (end: ServerEnd) => () => interrupt("the server", end, async () => server?.restart(end));
    const interruptions = new Map<number, () => Promise<void>>([
      [Math.round(0.25 * all.length), toApp("SIGTERM")],
      ...(server ? [[Math.round(0.4 * all.length), toServer("immediate")] as const] : []),
      [Math.round(0.6 * all.length), toApp("SIGKILL")],
      ...(server ? [[Math.round(0.8 * all.length), toServer("SIGKILL")] as const] : []),
    ]);
    let acknowledged = 0;
    const sent = sendOrders(all, app, (count) => {
      acknowledged = count;
      const end = interruptions.get(count);
      if (end === undefined) return;
      const ended = end();
      ended.catch(() => {}); // it is awaited below, once all orders are sent
      ends.push(ended);
    });
    const { requests } = await Promise.race([sent, app.ended]);
    await Promise.race([Promise.all(ends), app.ended]);
    say(`all ${all.length} orders acknowledged, ${warehouse.taken.size} delivered`);

    const statusOf = async (): Promise<Status> => (await (await fetch(`${app.url()}/status`)).json()) as Status;
    let status = await statusOf();
    for (let silent = 0; status.confirmed < all.length && silent < MOST_SILENT; silent++) {
      await delay(1_000);
      const next = await statusOf();
      if (next.confirmed > status.confirmed) silent = 0;
      status = next;
    }
    say(`${status.confirmed} of ${status.orders} orders confirmed`);
    await app.stop();

    const known = new Set(all.map(({ id }) => id));
    const missing = all.filter(({ id }) => !warehouse.taken.has(id)).length;
    return {
      acknowledged: all.length,
      delivered: warehouse.taken.size,
      lost: Math.max(missing, all.length - status.confirmed),
      unknown: [...warehouse.taken.keys()].filter((id) => !known.has(id)).length,
      twice: [...warehouse.taken.values()].filter((times) => times > 1).length,
      refusedByWarehouse: warehouse.refused(),
      requests,
    };
  } finally {
    await Promise.allSettled(ends);
    app.kill();
    warehouse.close();
  }
}
