import { type Authorize, type Grant, serve } from "@longshore/http";
import { signGrants, signedGrants } from "@longshore/http/tokens";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { readBody } from "../body.ts";
import type { AppEnv } from "../services.ts";
import { configured } from "../settings.ts";
import { bearer } from "../tokens.ts";
import { fieldNote, fieldPhoto } from "./jobs.ts";

/** What a page may do: hand these jobs over. It may not read, and not run any. */
const PAGE: readonly Grant[] = [
  { verbs: ["enqueue"], queues: [fieldNote.queue], names: [fieldNote.name, fieldPhoto.name] },
];
/** A page may be away for long; after this its user signs in again, and nothing of what waits is lost. */
const SIGNED_IN_FOR = "30d";
/** Of a photo, in bytes; pages send smaller ones. */
export const MAX_PHOTO_BYTES = 1_500_000;

/** Routes for the pages of apps/field. */
export const field = new Hono<AppEnv>()
  .post("/sessions", bearer("FIELD_TOKEN"), async (context) =>
    context.json({ token: await signGrants(PAGE, { secret: secretOf(context), expiresIn: SIGNED_IN_FOR }) }, 201),
  )
  .all("/jobs/:verb", async (context) => {
    const { store, log } = context.var.services;
    return serve(store, { authorize: authorizeOf(context), log: log.log })(context.req.raw);
  })
  .put("/photos/:item", signedIn(), async (context) => {
    if (context.req.header("content-type") !== "image/jpeg") {
      throw new HTTPException(415, { message: "send image/jpeg" });
    }
    const item = itemOf(context);
    await context.var.services.records.keepPhoto(item, await readBody(context.req.raw, MAX_PHOTO_BYTES));
    return context.body(null, 204);
  })
  .get("/items", signedIn(), async (context) => context.json({ items: await context.var.services.records.items() }));

function itemOf(context: Context<AppEnv>): string {
  const item = context.req.param("item") ?? "";
  if (!/^[A-Za-z0-9-]{1,100}$/.test(item))
    throw new HTTPException(400, { message: "an item has 1 to 100 of A-Z, a-z, 0-9, -" });
  return item;
}

function secretOf(context: Context<AppEnv>): string {
  const secret = configured(context.env.FIELD_SECRET);
  if (secret === undefined) throw new HTTPException(503, { message: "FIELD_SECRET is not configured" });
  return secret;
}

function authorizeOf(context: Context<AppEnv>): Authorize {
  return signedGrants({ secret: secretOf(context) });
}

/** Admits pages whose token was signed here. */
function signedIn(): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const grants = await authorizeOf(context)(context.req.raw);
    if (Array.isArray(grants) && grants.length > 0) return next();
    context.header("www-authenticate", "Bearer");
    throw new HTTPException(401, { message: "unauthorized" });
  };
}
