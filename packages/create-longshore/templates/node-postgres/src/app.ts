import { createQueue } from "@longshore/core";
import { basicAuth, dashboard } from "@longshore/dashboard";
import type { Postgres } from "@longshore/postgres";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { definitions, welcome } from "./jobs.ts";
import { schedules } from "./schedules.ts";

const MOST_BYTES = 10_000;

/** `password`: that of the dashboard. Without one there is no dashboard. */
export function createApp(adapter: Postgres, password: string | undefined): Hono {
  const queue = createQueue(adapter);
  const app = new Hono();

  app.post("/sign-ups", bodyLimit({ maxSize: MOST_BYTES }), async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const { data: input } = welcome.input.safeParse(body);
    if (input === undefined) return context.json({ error: 'Expected {"email": "user@example.com"}.' }, 400);
    return context.json(await queue.enqueue(welcome, input), 202);
  });

  if (password !== undefined) {
    const authorize = basicAuth([{ name: "operator", password, actions: true }]);
    const page = dashboard(adapter, { authorize, schedules, definitions });
    app.get("/", (context) => context.redirect("/ops/"));
    app.all("/ops/*", ({ req }) => page(req.raw));
  }
  return app;
}
