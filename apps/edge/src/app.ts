import { type ErrorCode, codeOf } from "@longshore/core";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { field } from "./field/routes.ts";
import { operators } from "./operators.ts";
import type { AppEnv, Services } from "./services.ts";
import { sessions } from "./sessions.ts";
import { users } from "./users.ts";
import { webhooks } from "./webhooks.ts";

/** Every route with its methods. */
const METHODS: Readonly<Record<string, string>> = {
  "/": "GET",
  "/webhooks/github": "POST",
  "/users": "POST",
  "/sessions": "POST",
  "/field/sessions": "POST",
  "/field/photos/:item": "PUT",
  "/field/items": "GET",
  "/counts": "GET",
  "/stats": "GET",
  "/metrics": "GET",
  "/jobs": "GET",
  "/jobs/:id": "GET",
  "/queues/:queue/pause": "POST",
  "/queues/:queue/resume": "POST",
  "/dead": "GET",
  "/dead/errors": "GET",
  "/dead/replay": "POST",
  "/dead/:id/replay": "POST",
};

/** The app's routes. `open` makes their services for each request. */
export function createApp(open: (context: Context<AppEnv>) => Services): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (context, next) => {
    context.set("services", open(context));
    await next();
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
  });
  app.get("/", (context) => context.text("A webhook relay on Longshore.\n"));
  app.route("/webhooks", webhooks);
  app.route("/users", users);
  app.route("/sessions", sessions);
  app.route("/field", field);
  app.route("/", operators);
  for (const [path, methods] of Object.entries(METHODS)) {
    app.all(path, (context) => context.json({ error: "method not allowed" }, 405, { allow: methods }));
  }
  app.notFound((context) => context.json({ error: "not found" }, 404));
  app.onError(answerError);
  return app;
}

/** Explains the caller's mistakes. Other errors only get a number, by which the log can be searched. */
function answerError(error: Error, context: Context<AppEnv>): Response {
  if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
  const code = codeOf(error);
  const status = code && STATUS[code];
  if (status !== undefined && status < 500) return context.json({ error: error.message }, status);
  const id = crypto.randomUUID();
  context.var.services?.log.log.error({
    message: "a request failed",
    correlation_id: id,
    error: error.cause === undefined ? String(error) : `${error} (caused by: ${String(error.cause)})`,
    stack: error.stack,
  });
  if (status === undefined) return context.json({ error: "internal error", id }, 500);
  return context.json({ error: "not now; the same request may be repeated", id }, status, { "retry-after": "1" });
}

const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid_id: 400,
  invalid_cursor: 400,
  payload_too_large: 413,
  enqueue_failed: 503,
  backend_timeout: 503,
};
