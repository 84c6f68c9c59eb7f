/** `pnpm bench:flow`: what a job costs, and how late it starts, while jobs come as fast as they are run. */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startRedis } from "@longshore/servers/redis";
import { type Contestant, ownCpu, quantile } from "./comparison.ts";
import { contestants as onPostgres } from "./postgres/contestants.ts";
import { startServer as startPostgres } from "./postgres/server.ts";
import { contestants as onRedis } from "./redis/contestants.ts";

type Place = { readonly url: string; cpu(): number; stop(): unknown };

const backends: Readonly<Record<string, { open(): Promise<Place>; readonly contestants: readonly Contestant[] }>> = {
  postgres: { contestants: onPostgres, open: startPostgres },
  redis: { contestants: onRedis, open: startRedis },
};

const HELP = `pnpm bench:flow [--of ${Object.keys(backends).join("|")}] [--rate 3000] [--seconds 70] [--json]

Enqueues so many jobs a second, ten with each call, beside one worker of each library, one library after the other on one
server. Prints the jobs that were run a second, the processor time of a job in µs (of the server and of this process, which enqueues and
runs), and the time from the call to the handler in ms. After more than a minute a Postgres server has vacuumed once.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    of: { type: "string", default: "postgres" },
    rate: { type: "string", default: "3000" },
    seconds: { type: "string", default: "70" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
const backend = backends[values.of];
const rate = Number(values.rate);
const seconds = Number(values.seconds);
if (values.help || backend === undefined || !(rate > 0) || !(seconds > 0)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

const WARM_UP_MS = 5_000;
const TOGETHER = 10;
const TICK_MS = 5;
/** After each of these it says how it goes. */
const PART_MS = 10_000;

/** What was seen in a part of the time. */
type Part = { lateness: number[]; ms: number; cpuUs: number };
type Flow = { readonly jobsPerSecond: number; readonly cpu: number; readonly p50: number; readonly p99: number };

async function flow({ name, open }: Contestant, { url, cpu }: Place): Promise<Flow> {
  const sent: number[] = [];
  let lateness: number[] = [];
  const opened = await open(url, (n) => void lateness.push(performance.now() - (sent[n] ?? 0)));
  const stop = await opened.work();
  /** Until then, as many as are due by its rate; a library that is slower gets the rest later. */
  const produce = async (untilMs: number): Promise<void> => {
    const from = performance.now();
    const first = sent.length;
    for (let passed = 0; passed < untilMs; passed = performance.now() - from) {
      const calls: Promise<unknown>[] = [];
      while (sent.length + TOGETHER <= first + (passed * rate) / 1_000) {
        const numbers = Array.from({ length: TOGETHER }, () => sent.push(performance.now()) - 1);
        calls.push(opened.enqueueMany(numbers));
      }
      await Promise.all(calls);
      await delay(TICK_MS);
    }
  };
  const used = (): number => cpu() + ownCpu();

  await produce(WARM_UP_MS);
  const whole: Part = { lateness: [], ms: 0, cpuUs: 0 };
  for (let left = seconds * 1_000; left > 0; left -= PART_MS) {
    lateness = [];
    const [cpuBefore, from] = [used(), performance.now()];
    await produce(Math.min(left, PART_MS));
    const part = { lateness, ms: performance.now() - from, cpuUs: used() - cpuBefore };
    say(`${name.padEnd(18)}${told(flowOf(part))}`);
    whole.lateness = whole.lateness.concat(lateness);
    whole.ms += part.ms;
    whole.cpuUs += part.cpuUs;
  }
  await stop();
  await opened.close();
  return flowOf(whole);
}

function flowOf({ lateness, ms, cpuUs }: Part): Flow {
  const at = (share: number): number => Math.round(10 * quantile(lateness, share)) / 10;
  return {
    jobsPerSecond: Math.round((lateness.length / ms) * 1_000),
    cpu: Math.round(cpuUs / Math.max(1, lateness.length)),
    p50: at(0.5),
    p99: at(0.99),
  };
}

function told(flow: Flow): string {
  return Object.values(flow)
    .map((figure) => figure.toLocaleString("en").padStart(12))
    .join("");
}

const say = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};
const place = await backend.open();
const flows: Record<string, Flow> = {};
for (const contestant of backend.contestants) {
  // It claims again and again, also where there is nothing.
  if (contestant.name === "bare loop") continue;
  globalThis.gc?.();
  flows[contestant.name] = await flow(contestant, place);
}
await place.stop();
if (values.json) console.log(JSON.stringify({ of: values.of, rate, seconds, flows }));
else {
  console.log(`\n${rate} jobs a second on ${values.of}, for ${seconds} s:\n`);
  console.log(`${"".padEnd(18)}${["jobs/s", "µs a job", "p50 ms", "p99 ms"].map((key) => key.padStart(12)).join("")}`);
  for (const [name, one] of Object.entries(flows)) console.log(name.padEnd(18) + told(one));
}
process.exit(0);
