import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "./services.ts";
import { configured } from "./settings.ts";
import { sameSecret } from "./signatures.ts";

/**
 * Lets through whoever shows the token of that name as `Authorization: Bearer …`. Where none is configured it refuses
 * everybody with 503: a forgotten secret must not open a door.
 */
export function bearer(name: "OPERATOR_TOKEN" | "USERS_TOKEN"): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const expected = configured(context.env[name]);
    if (expected === undefined) throw new HTTPException(503, { message: `${name} is not configured` });
    const given = bearerOf(context.req.header("authorization"));
    // Compared in any case, so that a missing token takes as long as a wrong one.
    const same = await sameSecret(given ?? "", expected);
    if (given !== undefined && same) return next();
    context.header("www-authenticate", "Bearer");
    throw new HTTPException(401, { message: "unauthorized" });
  };
}

export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}
