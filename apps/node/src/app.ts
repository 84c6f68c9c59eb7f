import { type Queue, createQueue } from "@longshore/core";
import { basicAuth, dashboard } from "@longshore/dashboard";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { orderSchema } from "./orders.ts";
import type { Storage } from "./storage.ts";

const MOST_BYTES = 100_000;

/** The shop's API. `stopping`: true once the process is told to end. `password`: that of the operators' page; none, no page. */
export function createApp(storage: Storage, stopping: () => boolean, password?: string): Hono {
  const queue: Queue<Storage["jobs"]> = createQueue(storage.jobs);
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    // Node goes on serving kept-alive connections that are busy when the server closes.
    if (stopping()) context.header("connection", "close");
  });

  app.post("/orders", bodyLimit({ maxSize: MOST_BYTES }), async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const { data: order, error } = orderSchema.safeParse(body);
    if (order === undefined) {
      const where = error.issues.map(({ path }) => path.join(".") || "the body").join(", ");
      return context.json({ error: `This is no order: see ${where}.` }, 400);
    }
    const added = await storage.addOrder(order);
    return context.json({ id: order.id, status: added ? "added" : "known" }, added ? 201 : 200);
  });

  app.get("/orders/:id", async (context) => {
    const order = await storage.findOrder(context.req.param("id"));
    return order === undefined ? context.json({ error: "There is no such order." }, 404) : context.json(order);
  });

  app.get("/status", async (context) =>
    context.json({ ...(await storage.countOrders()), queues: await queue.counts() }),
  );

  if (password !== undefined) {
    const authorize = basicAuth([{ name: "operator", password, actions: true }]);
    const page = dashboard(storage.jobs, { authorize });
    app.all("/ops/*", ({ req }) => page(req.raw));
  }

  return app;
}
