import { createQueue } from "@longshore/core";
import { basicAuth, dashboard } from "@longshore/dashboard";
import { durableObjects } from "@longshore/durable-objects";
import { bearerTokens, operatorVerbs, serve } from "@longshore/http";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { definitions, welcome } from "./jobs.ts";
import { schedules } from "./schedules.ts";
import type { Env } from "./store.ts";

const MOST_BYTES = 10_000;

export const app = new Hono<{ Bindings: Env }>();

app.get("/", ({ req, text }) => {
  const { origin } = new URL(req.url);
  return text(`make a job       curl -d '{"email":"user@example.com"}' ${origin}/sign-ups
let one die      take away the slashes in src/handlers.ts, make another, and wait 10 s
the dashboard    ${origin}/ops/  (name: operator, password: DASHBOARD_PASSWORD in .dev.vars)
dead letters     npm run jobs -- dead --url ${origin}/jobs
give them a run  npm run jobs -- replay --all --url ${origin}/jobs
what is wrong    npm run doctor
`);
});

app.post("/sign-ups", bodyLimit({ maxSize: MOST_BYTES }), async (context) => {
  const body: unknown = await context.req.json().catch(() => undefined);
  const { data: input } = welcome.input.safeParse(body);
  if (input === undefined) return context.json({ error: 'Expected {"email": "user@example.com"}.' }, 400);
  return context.json(await createQueue(durableObjects(context.env.JOBS)).enqueue(welcome, input), 202);
});

app.all("/ops/*", async ({ env, req, text }) => {
  const { DASHBOARD_PASSWORD: password } = env;
  if (!password)
    return text("There is no dashboard: set DASHBOARD_PASSWORD in .dev.vars, see .dev.vars.example.\n", 404);
  const authorize = basicAuth([{ name: "operator", password, actions: true }]);
  return dashboard(durableObjects(env.JOBS, { stats: true }), { authorize, schedules, definitions })(req.raw);
});

// The store over HTTP, for the command line: it sees and steers all jobs, but not their inputs.
app.all("/jobs/*", async ({ env, req, text }) => {
  const { LONGSHORE_TOKEN: token } = env;
  if (!token) return text("There is no access: set LONGSHORE_TOKEN in .dev.vars, see .dev.vars.example.\n", 404);
  const authorize = bearerTokens([{ token, grants: [{ verbs: operatorVerbs, queues: "all", names: "all" }] }]);
  return serve(durableObjects(env.JOBS, { stats: true }), { authorize })(req.raw);
});
