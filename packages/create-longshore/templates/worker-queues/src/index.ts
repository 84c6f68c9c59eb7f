import { consume } from "@longshore/cloudflare-queues";
import { createWorker } from "@longshore/core";
import { jobsRunner } from "@longshore/durable-objects";
import { app } from "./app.ts";
import { createHandlers } from "./handlers.ts";
import { schedules } from "./schedules.ts";
import { type Env, Jobs, brokerOf, jobsOf } from "./store.ts";

export { Jobs };

const handlers = createHandlers({
  // Put your mail service here.
  async sendMail({ to, text }) {
    console.log(`A mail to ${to}: ${text}`);
  },
});

/** What the object calls with the jobs that are due, by the name of this export: they go into the queue. */
export const JobsRunner = jobsRunner((env: Env) => {
  const jobs = jobsOf(env);
  return { run: jobs.dispatch, tick: createWorker(jobs, { handlers, schedules }).tick };
});

export default {
  fetch: app.fetch,
  // Where they run.
  async queue(batch, env) {
    const jobs = jobsOf(env);
    await consume(batch, { broker: brokerOf(env), worker: jobs.runner(createWorker(jobs, { handlers })) });
  },
  // In case the platform loses an alarm.
  async scheduled(_event, env) {
    await jobsOf(env).wake();
  },
} satisfies ExportedHandler<Env>;
