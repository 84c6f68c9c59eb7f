import type { Job } from "@longshore/core";
import { replayWhere } from "@longshore/core/bulk";
import { PROMETHEUS_TYPE, alertJob, metrics, prometheus } from "@longshore/signals";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { parseJson, readJsonBody } from "./body.ts";
import { MOST_DEAD, deadErrors, deadRefs } from "./dead-letters.ts";
import { checked, queryOf } from "./input.ts";
import type { AppEnv } from "./services.ts";
import { operator } from "./sessions.ts";

const STATES = [
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "blocked",
  "completed",
  "dead",
  "cancelled",
] as const;
const PAGE = 100;
/** How long a request replays at a pace before it answers that there is more. */
const PACED_SECONDS = 20;

const id = z.string().regex(/^[A-Za-z0-9_.:@/+=~-]{1,200}$/);
const queueName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/);
const limit = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, "1 to 100")
  .transform(Number)
  .default(PAGE);
const payload = z.literal("1").optional();
const page = { limit, cursor: z.string().max(1_000).optional(), payload };
const dead = z.strictObject(page);
const list = z.strictObject({
  ...page,
  state: z.enum(STATES).optional(),
  queue: queueName.optional(),
});
const one = z.strictObject({ partition: id.optional(), payload });
const named = z.strictObject({ partition: id.optional() });
const queued = z.strictObject({ queue: queueName });
const nothing = z.strictObject({});
const passed = z.strictObject({ window: z.enum(["minute", "hour", "day"]).default("hour") });
const ref = z.strictObject({ id, partition: id.optional() });
const replay = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ all: z.literal(true), perSecond: z.int().min(1).max(50) }),
  z.strictObject({ jobs: z.array(ref).min(1).max(MOST_DEAD) }),
]);

/** The operators' routes: look at queues and jobs, pause, replay dead letters. Payloads only with `?payload=1`. */
export const operators = new Hono<AppEnv>()
  .use("/counts", operator)
  .use("/stats", operator)
  .use("/metrics", operator)
  .use("/jobs/*", operator)
  .use("/queues/*", operator)
  .use("/dead/*", operator)
  .get("/counts", async (context) => context.json({ queues: await context.var.services.queue.counts() }))
  .get("/stats", async (context) => {
    const { window } = checked(passed, queryOf(context.req.url));
    return context.json(await metrics(context.var.services.store, { window }));
  })
  .get("/metrics", async (context) => {
    checked(nothing, queryOf(context.req.url));
    const text = prometheus(await metrics(context.var.services.store));
    return context.body(text, 200, { "content-type": PROMETHEUS_TYPE });
  })
  .get("/jobs", async (context) => {
    const { payload, ...request } = checked(list, queryOf(context.req.url));
    return context.json(pageOf(await context.var.services.queue.list(request), payload));
  })
  .get("/jobs/:id", async (context) => {
    const { payload, ...rest } = checked(one, queryOf(context.req.url));
    const job = await context.var.services.queue.get(checked(ref, { id: context.req.param("id"), ...rest }));
    if (job === undefined) throw new HTTPException(404, { message: "no such job" });
    return context.json(shown(job, payload));
  })
  .post("/queues/:queue/pause", async (context) => {
    const queue = pausable(context);
    await context.var.services.queue.pause(queue);
    return context.json({ queue, paused: true });
  })
  .post("/queues/:queue/resume", async (context) => {
    const queue = pausable(context);
    await context.var.services.queue.resume(queue);
    return context.json({ queue, paused: false });
  })
  .get("/dead", async (context) => {
    const { payload, ...request } = checked(dead, queryOf(context.req.url));
    return context.json(pageOf(await context.var.services.queue.list({ ...request, state: "dead" }), payload));
  })
  .get("/dead/errors", async (context) => {
    checked(nothing, queryOf(context.req.url));
    return context.json(await deadErrors(context.var.services.queue));
  })
  .post("/dead/replay", async (context) => {
    const { value } = parseJson(await readJsonBody(context.req.raw));
    const wanted = checked(replay, value);
    const { queue } = context.var.services;
    if ("perSecond" in wanted) {
      const { perSecond } = wanted;
      const progress = await replayWhere(queue, { state: "dead" }, { perSecond, limit: PACED_SECONDS * perSecond });
      const { done, refused, cursor } = progress;
      return context.json({ done, refused, more: cursor !== undefined });
    }
    const { refs, more } = "all" in wanted ? await deadRefs(queue) : { refs: wanted.jobs, more: false };
    const answers = await queue.replayMany(refs);
    return context.json({ jobs: refs.map((ref, i) => ({ ...ref, ...answers[i] })), more });
  })
  .post("/dead/:id/replay", async (context) => {
    const rest = checked(named, queryOf(context.req.url));
    const answer = await context.var.services.queue.replay(checked(ref, { id: context.req.param("id"), ...rest }));
    return context.json(answer, answer.status === "done" ? 200 : answer.status === "refused" ? 409 : 404);
  });

/** Refuses `alerts`: pausing it would stop all alerts. */
function pausable(context: Context<AppEnv, "/queues/:queue/pause">): string {
  checked(nothing, queryOf(context.req.url));
  const { queue } = checked(queued, { queue: context.req.param("queue") });
  if (queue === alertJob.queue) throw new HTTPException(409, { message: "alerts cannot be paused" });
  return queue;
}

type Payload = z.infer<typeof payload>;

function pageOf(page: { readonly jobs: readonly Job[]; readonly cursor?: string }, payload: Payload): object {
  return { ...page, jobs: page.jobs.map((job) => shown(job, payload)) };
}

function shown({ input, result, ...job }: Job, payload: Payload): object {
  return payload === undefined ? job : { ...job, input, result };
}
