import { type Handler, type JobContext, type JobEvent, createWorker, handle, schedule } from "@longshore/core";
import { type Call, JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import {
  LEASE_MS,
  type Signature,
  TICK,
  TICK_RULE,
  child,
  childOf,
  doomed,
  flaky,
  parent,
  plain,
  tick,
} from "../jobs.ts";
import type { Note } from "../note.ts";

// The system under test: nothing but the public API.

export class Jobs extends JobsObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { lease: LEASE_MS });
  }
}

/** A note that does not arrive fails the attempt, so that no run is without one. */
async function note(env: Cloudflare.Env, what: Note): Promise<void> {
  const response = await env.LEDGER.fetch("http://ledger/", { method: "POST", body: JSON.stringify(what) });
  if (!response.ok) throw new Error(`The ledger answered ${response.status}.`);
}

function handlersOf(env: Cloudflare.Env): Handler[] {
  const execute = async (ms: number, context: JobContext, fails = false): Promise<Signature> => {
    const { id, attempt, token } = context;
    await note(env, { type: "executed", id, attempt, token, by: "object", fails });
    await scheduler.wait(ms);
    if (fails) throw new Error("as it should");
    return { token, attempt };
  };
  return [
    ...[plain, child, tick].map((job) => handle(job, ({ ms }, context) => execute(ms, context))),
    handle(flaky, ({ ms }, context) => execute(ms, context, context.attempt === 1)),
    handle(doomed, ({ ms }, context) => execute(ms, context, true)),
    handle(parent, ({ ms }, context) => {
      context.enqueue(child.with({ ms }, { id: childOf(context.id) }));
      return execute(ms, context);
    }),
  ];
}

const schedules = [schedule(TICK, TICK_RULE, tick.with({ ms: 0 }), { missed: { all: 1_000 } })];

export const JobsRunner = jobsRunner((env: Cloudflare.Env, ctx) => {
  const onEvent = (event: JobEvent): void => {
    if (event.type !== "completed" && event.type !== "dead") return;
    ctx.waitUntil(note(env, { type: "accepted", id: event.job.id }));
  };
  return createWorker(durableObjects(env.JOBS, { lease: LEASE_MS }), {
    handlers: handlersOf(env),
    schedules,
    onEvent,
  });
});

export default {
  /** Carries the calls of adapters outside: see `remote.ts`. A GET touches no object. */
  async fetch(request, env) {
    if (request.method === "GET") return new Response(null, { status: 204 });
    const { name, call } = await request.json<{ name: string; call: Call }>();
    return Response.json(await env.JOBS.getByName(name).jobs(call));
  },
} satisfies ExportedHandler<Cloudflare.Env>;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly JOBS: DurableObjectNamespace<Jobs>;
      readonly LEDGER: Fetcher;
    }
  }
}
