import { type JobEvent, createWorker } from "@longshore/core";
import { type Call, JobsObject, durableObjects, jobsRunner } from "@longshore/durable-objects";
import { handlersOf, schedules } from "../../handlers.ts";
import { LEASE_MS } from "../../jobs.ts";
import type { Note } from "../../note.ts";

// The system under test: nothing but the public API.

export class Jobs extends JobsObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { lease: LEASE_MS });
  }
}

async function noteTo(env: Cloudflare.Env, note: Note): Promise<void> {
  const response = await env.LEDGER.fetch("http://ledger/", { method: "POST", body: JSON.stringify([note]) });
  if (!response.ok) throw new Error(`The ledger answered ${response.status}.`);
}

export const JobsRunner = jobsRunner((env: Cloudflare.Env, ctx) => {
  const note = (one: Note): Promise<void> => noteTo(env, one);
  const onEvent = (event: JobEvent): void => {
    if (event.type !== "completed" && event.type !== "dead") return;
    ctx.waitUntil(note({ type: "accepted", id: event.job.id }));
  };
  return createWorker(durableObjects(env.JOBS, { lease: LEASE_MS }), {
    handlers: handlersOf({ by: "object", note, wait: (ms) => scheduler.wait(ms) }),
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
