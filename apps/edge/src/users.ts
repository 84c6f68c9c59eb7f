import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { parseJson, readJsonBody } from "./body.ts";
import { sendWelcomeEmail } from "./jobs.ts";
import { mailIsConfigured } from "./mail.ts";
import type { AppEnv } from "./services.ts";
import { bearer } from "./tokens.ts";
import { checked } from "./input.ts";

const MAX_USER_BYTES = 10_000;

const user = z.strictObject({
  id: z.union([z.int().positive(), z.string().regex(/^[A-Za-z0-9_-]{1,100}$/)]),
  email: z.email().max(254),
  name: z.string().trim().min(1).max(100).optional(),
});

/**
 * `POST /users`: sends a welcome email to a new user, once per user. It needs a token; otherwise anybody could send
 * mail to anybody.
 */
export const users = new Hono<AppEnv>().post("/", bearer("USERS_TOKEN"), async (context) => {
  if (!mailIsConfigured(context.env)) throw new HTTPException(503, { message: "the mail API is not configured" });
  const { value } = parseJson(await readJsonBody(context.req.raw, MAX_USER_BYTES));
  const { id, email, name } = checked(user, value);
  const answer = await context.var.services.queue.enqueue(sendWelcomeEmail, { userId: String(id), email, name });
  return context.json(answer, answer.status === "duplicate" ? 200 : 202);
});
