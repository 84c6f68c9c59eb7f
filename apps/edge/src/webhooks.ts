import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { parseJson, readJsonBody } from "./body.ts";
import { receiveDelivery } from "./jobs.ts";
import type { AppEnv } from "./services.ts";
import { configured } from "./settings.ts";
import { verifyGitHub } from "./signatures.ts";

const headers = z.object({
  "x-github-delivery": z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  "x-github-event": z.string().regex(/^[a-z0-9_]{1,100}$/),
});

/** What names a line in which events wait must be short; GitHub's names have at most 140 characters. */
const repository = z.object({ repository: z.object({ full_name: z.string().min(1).max(200) }) });

/**
 * `POST /webhooks/github`: answers 202 once the delivery is a job, and 200 with the job's state if it was one before.
 * Does nothing until the signature of the raw bytes has been checked.
 */
export const webhooks = new Hono<AppEnv>().post("/github", async (context) => {
  const secret = configured(context.env.GITHUB_WEBHOOK_SECRET);
  if (secret === undefined) throw new HTTPException(503, { message: "GITHUB_WEBHOOK_SECRET is not configured" });
  const bytes = await readJsonBody(context.req.raw);
  if (!(await verifyGitHub(secret, context.req.header("x-hub-signature-256"), bytes))) {
    throw new HTTPException(401, { message: "X-Hub-Signature-256 does not fit the body" });
  }
  const named = headers.safeParse(context.req.header());
  if (!named.success) throw new HTTPException(400, { message: "X-GitHub-Delivery and X-GitHub-Event are needed" });
  const { text, value } = parseJson(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HTTPException(400, { message: "send a JSON object" });
  }
  const answer = await context.var.services.queue.enqueue(receiveDelivery, {
    delivery: named.data["x-github-delivery"],
    event: named.data["x-github-event"],
    repository: repository.safeParse(value).data?.repository.full_name,
    body: text,
    receivedAt: Date.now(),
  });
  return context.json(answer, answer.status === "duplicate" ? 200 : 202);
});
