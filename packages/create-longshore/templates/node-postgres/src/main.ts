import { serve } from "@hono/node-server";
import { createWorker } from "@longshore/core";
import { withHeartbeat } from "@longshore/signals";
import { createApp } from "./app.ts";
import { openDatabase } from "./database.ts";
import { createHandlers } from "./handlers.ts";
import { schedules } from "./schedules.ts";

const { DASHBOARD_PASSWORD, DATABASE_URL, PORT = "3000" } = process.env;
// An empty one is none: .env.example has them so.
const password = DASHBOARD_PASSWORD || undefined;
const databaseUrl = DATABASE_URL || undefined;

const IN_PROCESS = "  the jobs         in this process alone, files in pgdata: set DATABASE_URL in .env for a server";
// Its value has a password, which is not for a screen.
const ON_SERVER = `  dead letters     npx longshore dead --postgres "$DATABASE_URL"
  give them a run  npx longshore replay --all --postgres "$DATABASE_URL"
  what is strange  npx longshore doctor --postgres "$DATABASE_URL"`;

const { adapter, close } = await openDatabase(databaseUrl);
let mails = 0;
const worker = createWorker(withHeartbeat(adapter), {
  handlers: createHandlers({
    // Put your mail service here.
    async sendMail({ to, text }) {
      mails++;
      console.log(`A mail to ${to}: ${text}`);
    },
    countMails: () => mails,
  }),
  schedules,
});

const app = createApp(adapter, password);
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) => {
  const url = `http://127.0.0.1:${port}`;
  console.log(`Listening on ${url}

  make a job       curl -d '{"email":"user@example.com"}' ${url}/sign-ups
  let one die      take away the slashes in src/handlers.ts, make another, and wait 10 s
  the dashboard    ${password === undefined ? "none: set DASHBOARD_PASSWORD in .env, see .env.example" : `${url}/ops/  (name: operator, password: in .env)`}
${databaseUrl === undefined ? IN_PROCESS : ON_SERVER}
`);
});
worker.start();

/** Takes no more requests, lets running jobs end, and gives back the rest for the next start. */
async function stop(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  await worker.stop({ grace: "5s" });
  if ("closeAllConnections" in server) server.closeAllConnections();
  await closed;
  await close();
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
