import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "./services.ts";
import { configured } from "./settings.ts";
import { sameSecret } from "./signatures.ts";

/**
 * Admits requests with this token as `Authorization: Bearer …`. If none is configured, it answers 503 to everybody: a
 * forgotten secret must not open a door.
 */
export function bearer(name: "OPERATOR_TOKEN" | "USERS_TOKEN" | "FIELD_TOKEN"): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const expected = configured(context.env[name]);
    if (expected === undefined) throw new HTTPException(503, { message: `${name} is not configured` });
    const given = bearerOf(context.req.header("authorization"));
    // Always compares, so that a missing token takes as long as a wrong one.
    const same = await sameSecret(given ?? "", expected);
    if (given !== undefined && same) return next();
    context.header("www-authenticate", "Bearer");
    throw new HTTPException(401, { message: "unauthorized" });
  };
}

export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}
