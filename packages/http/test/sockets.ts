import { serve } from "@hono/node-server";
import { type Sockets, openMounts } from "./mounts.ts";

/** On Node, whose requests Hono's adapter makes and answers. */
export function openSockets(): Promise<Sockets> {
  return openMounts(
    (fetch) =>
      new Promise((resolve) => {
        const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
          resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) }),
        );
      }),
  );
}
