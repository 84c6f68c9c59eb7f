import { Hono } from "hono";

type Handler = (request: Request) => Promise<Response>;

export type Sockets = {
  /** Mounts a handler under a path of its own, and returns the url for `http`. */
  mount(handler: Handler): string;
  close(): Promise<void>;
};

/** Opens a port on loopback for requests, as the runtime does. */
export type Listen = (
  handler: (request: Request) => Response | Promise<Response>,
) => Promise<{ readonly port: number; close(): Promise<void> }>;

/** A server of Hono's, with handlers of the tests. */
export async function openMounts(listen: Listen): Promise<Sockets> {
  const mounted = new Map<string, Handler>();
  const app = new Hono();
  app.all("/:mount/*", ({ req }) => {
    const handler = mounted.get(req.param("mount"));
    return handler === undefined ? new Response("Nothing here.", { status: 404 }) : handler(req.raw);
  });
  const { port, close } = await listen((request) => app.fetch(request));
  return {
    mount(handler) {
      const name = `m${mounted.size}`;
      mounted.set(name, handler);
      return `http://127.0.0.1:${port}/${name}`;
    },
    close,
  };
}
