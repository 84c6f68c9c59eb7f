import { createWorker } from "@longshore/core";
import { durableObjects, jobsRunner } from "@longshore/durable-objects";
import { app } from "./app.ts";
import { createHandlers } from "./handlers.ts";
import { schedules } from "./schedules.ts";
import { type Env, Jobs } from "./store.ts";

export { Jobs };

/** Runs the jobs, outside of the object, which finds this export by its name. */
export const JobsRunner = jobsRunner((env: Env) =>
  createWorker(durableObjects(env.JOBS), {
    handlers: createHandlers({
      // Put your mail service here.
      async sendMail({ to, text }) {
        console.log(`A mail to ${to}: ${text}`);
      },
    }),
    schedules,
  }),
);

export default {
  fetch: app.fetch,
  // In case the platform loses an alarm.
  async scheduled(_event, env) {
    await durableObjects(env.JOBS).wake();
  },
} satisfies ExportedHandler<Env>;
