import { setTimeout as delay } from "node:timers/promises";
import { startApp } from "./app.ts";
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

export async function runDemo(database: string, say: (line: string) => void, verbose: boolean): Promise<Result> {
  const warehouse = await openWarehouse();
  const app = await startApp({ DATABASE: database, WAREHOUSE: warehouse.url }, verbose ? "inherit" : "ignore");
  try {
    const all = orders();
    const ends: Promise<void>[] = [];
    const interruptions = new Map([
      [Math.round(all.length / 3), "SIGTERM"],
      [Math.round((2 * all.length) / 3), "SIGKILL"],
    ] as const);
    const { requests } = await sendOrders(all, app, (count) => {
      const signal = interruptions.get(count);
      if (signal === undefined) return;
      say(`${count} of ${all.length} orders acknowledged, ${warehouse.taken.size} delivered: ${signal} to the app`);
      ends.push(app.restart(signal).then(() => say("the app is back")));
    });
    await Promise.all(ends);
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
    app.kill();
    warehouse.close();
  }
}
