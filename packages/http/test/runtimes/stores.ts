import { serve as listen } from "@hono/node-server";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { Hono } from "hono";
import { serve } from "../../src/index.ts";
import { everything } from "../everything.ts";
import { counted } from "../wake-streams.ts";

type Served = { readonly handler: ReturnType<typeof serve>; readonly sent: Record<string, number> };

/** Serves a memory store at each path, to pages of any origin. As a program, it prints its address. */
export function openStores(): Promise<{ readonly url: string; close(): void }> {
  /** The clock of the suite, which comes with every request: it runs one case at a time. */
  let now = 0;
  const stores = new Map<string, Served>();
  const storeAt = (name: string): Served => {
    const store = memory({ clock: () => now, stats: statistics() });
    const served = stores.get(name) ?? {
      handler: serve(store, { authorize: () => everything, cors: ["*"] }),
      sent: {},
    };
    stores.set(name, served);
    return served;
  };
  const app = new Hono();
  // How many bytes of wake-ups each stream was sent.
  app.get("/:store/sent", ({ req, json }) =>
    json(storeAt(req.param("store")).sent, { headers: { "access-control-allow-origin": "*" } }),
  );
  app.all("/:store/*", async ({ req }) => {
    const { handler, sent } = storeAt(req.param("store"));
    now = Number(req.query("now") ?? now);
    const answer = await handler(req.raw);
    const stream = req.query("stream") ?? "";
    return req.method === "GET" && req.path.endsWith("/onWake")
      ? counted(answer, (bytes) => (sent[stream] = (sent[stream] ?? 0) + bytes))
      : answer;
  });
  return new Promise((resolve) => {
    const server = listen({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({ url: `http://127.0.0.1:${port}`, close: () => void server.close() }),
    );
  });
}

if (process.argv[1] === import.meta.filename) console.log((await openStores()).url);
