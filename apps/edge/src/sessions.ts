import { type MiddlewareHandler, Hono } from "hono";
import type { AppEnv } from "./services.ts";
import { configured } from "./settings.ts";
import { sha256 } from "./signatures.ts";
import { bearer, bearerOf } from "./tokens.ts";

const SESSION_MS = 8 * 3_600_000;
const PREFIX = "session_";

/**
 * `POST /sessions`: an operator exchanges the permanent token for one that expires after eight hours, for a browser or
 * a colleague. Only its hash is kept.
 */
export const sessions = new Hono<AppEnv>().post("/", bearer("OPERATOR_TOKEN"), async (context) => {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const token = PREFIX + Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const expiresAt = Date.now() + SESSION_MS;
  await context.var.services.records.openSession(await hashOf(token), expiresAt);
  return context.json({ token, expiresAt: new Date(expiresAt).toISOString() }, 201);
});

/** Admits operators: by their token, or by a session. */
export const operator: MiddlewareHandler<AppEnv> = async (context, next) => {
  const token = bearerOf(context.req.header("authorization"));
  if (token?.startsWith(PREFIX) && configured(context.env.OPERATOR_TOKEN) !== undefined) {
    if (await context.var.services.records.isOpen(await hashOf(token), Date.now())) return next();
  }
  return bearer("OPERATOR_TOKEN")(context, next);
};

function hashOf(token: string): Promise<string> {
  return sha256(new TextEncoder().encode(token));
}
