/** `pnpm bench:outage`: how long workers need after an outage of their server until they are at full speed again. */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startRabbitMQ } from "@longshore/servers/rabbitmq";
import { startRedis } from "@longshore/servers/redis";
import type { Contestant } from "./comparison.ts";
import { contestants as onPostgres } from "./postgres/contestants.ts";
import { startServer as startPostgres } from "./postgres/server.ts";
import { contestants as onRabbitMQ } from "./rabbitmq/contestants.ts";
import { contestants as onRedis, overGlide, overNodeRedis } from "./redis/contestants.ts";

type Place = {
  readonly url: string;
  /** Ends the server at once, as a crash does. */
  end(): unknown;
  start(): unknown;
  stop(): unknown;
};

const backends: Readonly<Record<string, { open(): Promise<Place>; readonly contestants: readonly Contestant[] }>> = {
  redis: {
    contestants: [...onRedis, overNodeRedis, overGlide],
    async open() {
      const server = await startRedis();
      return { ...server, end: () => server.kill("SIGKILL") };
    },
  },
  rabbitmq: {
    contestants: onRabbitMQ,
    async open() {
      const server = await startRabbitMQ();
      return { ...server, end: () => server.kill("SIGKILL") };
    },
  },
  postgres: {
    contestants: onPostgres,
    open: startPostgres,
  },
};

const HELP = `pnpm bench:outage [--of ${Object.keys(backends).join("|")}] [--seconds 60] [--json]

Lets one worker of each library run jobs of 0.25 to 0.75 s on one server, which it then kills (SIGKILL) and starts again so
many seconds later. Prints how long each needs from the server's return until it runs as many jobs as before.`;

/** How long a job takes, so that all run side by side and the speed is the number of their slots, not the machine's. */
const JOB_MS = [250, 750] as const;
/** More than any of them runs until the end. */
const JOBS = 60_000;
const WARM_UP_MS = 5_000;
const BEFORE_MS = 5_000;
/** Full speed: in the next two seconds so much of what was usual. */
const WINDOW_MS = 2_000;
const FULL = 0.8;
const PATIENCE_MS = 60_000;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    of: { type: "string", default: "redis" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
const backend = backends[values.of];
const seconds = Number(values.seconds);
if (values.help || backend === undefined || !(seconds >= 0)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
// Some libraries say each failed attempt to connect; one that falls over an outage is shown by its figures.
console.error = console.warn = () => {};
const failures: unknown[] = [];
process.on("uncaughtException", (error) => failures.push(error));
process.on("unhandledRejection", (error) => failures.push(error));

const place = await backend.open();
const runs = new Map<string, number[]>();
for (const { name, open } of backend.contestants) {
  const times: number[] = [];
  runs.set(name, times);
  const opened = await open(place.url, async () => {
    await delay(JOB_MS[0] + Math.random() * (JOB_MS[1] - JOB_MS[0]));
    times.push(performance.now());
  });
  for (let n = 0; n < JOBS; n += 1_000) await opened.enqueueMany(Array.from({ length: 1_000 }, (_, i) => n + i));
  await opened.work();
}
await delay(WARM_UP_MS + BEFORE_MS);
const endedAt = performance.now();
await place.end();
await delay(seconds * 1_000);
await place.start();
const returnedAt = performance.now();

/** In jobs a second. */
const speedBefore = (times: readonly number[]): number =>
  (times.filter((at) => at > endedAt - BEFORE_MS && at <= endedAt).length / BEFORE_MS) * 1_000;
/** In ms from the return; undefined: not yet. */
const recovery = (times: readonly number[]): number | undefined => {
  const enough = (FULL * speedBefore(times) * WINDOW_MS) / 1_000;
  const after = times.filter((at) => at > returnedAt);
  const first = after.find((from, i) => {
    const last = after[i + Math.ceil(enough) - 1];
    return last !== undefined && last - from <= WINDOW_MS;
  });
  return first === undefined ? undefined : first - returnedAt;
};
while (
  performance.now() - returnedAt < PATIENCE_MS &&
  [...runs.values()].some((times) => recovery(times) === undefined)
) {
  await delay(100);
}

const result = Object.fromEntries(
  [...runs].map(([name, times]) => {
    const ms = recovery(times);
    return [
      name,
      { jobsPerSecond: Math.round(speedBefore(times)), seconds: ms === undefined ? null : Math.round(ms / 100) / 10 },
    ];
  }),
);
await place.stop();
if (values.json) {
  console.log(JSON.stringify({ of: values.of, outageSeconds: seconds, uncaught: failures.length, workers: result }));
} else {
  console.log(`after ${seconds} s without ${values.of}:\n`);
  for (const [name, { jobsPerSecond, seconds: took }] of Object.entries(result)) {
    const told = took === null ? `not within ${PATIENCE_MS / 1_000} s` : `after ${took} s`;
    console.log(`  ${name.padEnd(24)} at full speed (${jobsPerSecond} jobs/s) ${told}`);
  }
  if (failures.length > 0) console.log(`\n${failures.length} errors that nobody caught: ${String(failures[0])}`);
}
process.exit(0);
