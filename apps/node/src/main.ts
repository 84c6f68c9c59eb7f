import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { createApp } from "./app.ts";
import { openStorage } from "./open-storage.ts";
import { createOrderWorker } from "./worker.ts";

const HELP = `node src/main.ts

Takes orders at POST /orders, and confirms each to a warehouse. Its settings are environment variables:

  DATABASE   a file (default: orders.db), or a URL of a PostgreSQL server: postgres://user@host/database
  WAREHOUSE  the URL to which each order is posted; required
  DASHBOARD_PASSWORD  of the operators' page at /ops/, for the name "operator", at least 16 characters; without it, no page
  PORT       of the API, on 127.0.0.1; default: 3000
`;

if (process.argv.includes("--help")) {
  console.log(HELP);
  process.exit(0);
}
const { DATABASE = "orders.db", WAREHOUSE, DASHBOARD_PASSWORD, PORT = "3000" } = process.env;
if (WAREHOUSE === undefined || !URL.canParse(WAREHOUSE)) {
  console.error(`WAREHOUSE must be a URL, but is ${WAREHOUSE ?? "not set"}.\n\n${HELP}`);
  process.exit(2);
}

let stopping = false;
const storage = await openStorage(DATABASE);
const worker = createOrderWorker(storage, new URL(WAREHOUSE));
const server = serve(
  { fetch: createApp(storage, () => stopping, DASHBOARD_PASSWORD).fetch, hostname: "127.0.0.1", port: Number(PORT) },
  ({ port }: AddressInfo) => {
    console.log(`Listening on http://127.0.0.1:${port}`);
  },
);
worker.start();

/** Takes no more orders, lets running jobs end, and gives back the rest for the next start. */
async function stop(): Promise<void> {
  stopping = true;
  const closed = new Promise((resolve) => server.close(resolve));
  await worker.stop({ grace: "5s" });
  await closed;
  await storage.close();
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
