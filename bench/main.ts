/**
 * `pnpm bench [--only NAME] [--jobs N] [--json]`: compares the memory store and the worker with other in-process
 * queues, and the stores of SQLite, Postgres and Redis and the RabbitMQ broker with other queues there, each on the
 * same work.
 */
import { parseArgs } from "node:util";

import { CONCURRENCY, COUNTED, PLAIN, contestants } from "./contestants.ts";
import { KEYS, keyedFigures, postgresFigures } from "./postgres/figures.ts";
import { rabbitmqFigures } from "./rabbitmq/figures.ts";
import { redisFigures } from "./redis/figures.ts";
import { waitingFigures } from "./redis/waiting.ts";
import { fullKeyFigures } from "./full-keys.ts";
import { printTable } from "./table.ts";
import { scaling } from "./scaling.ts";
import { type RowFigures, rowFigures } from "./sqlite/bare.ts";
import { sqliteFigures } from "./sqlite/figures.ts";
import { sqsFigures } from "./sqs.ts";

/** Enough for the JIT compiler; the measured rounds come after. */
const WARM_UP_JOBS = 20_000;
const ROUNDS = 5;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    only: { type: "string" },
    jobs: { type: "string", default: "200000" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
const PARTS = ["memory", "limits", "sqlite", "postgres", "postgres-keys", "redis", "rabbitmq", "sqs"];
const { only } = values;
/** Of a round of the memory store and its peers: what waits is held in memory, and the collector looks at all of it. */
const JOBS = Number(values.jobs);
if (values.help || (only !== undefined && !PARTS.includes(only)) || !(JOBS >= 1)) {
  console.log(
    "pnpm bench [--only memory|limits|sqlite|postgres|postgres-keys|redis|rabbitmq|sqs] [--jobs N] [--json]\n\n--jobs: how many the memory store and its peers get (200000)\n\nJobs per second of the memory store beside p-queue, fastq and @platformatic/job-queue, of the SQLite\nstore beside plainjob and bunqueue, of the Postgres store beside graphile-worker and pg-boss (postgres-keys: with one job of each of a hundred keys at a time), of the Redis store beside BullMQ and\nbee-queue, and of the RabbitMQ broker beside amqplib alone; the calls\nand the processor time of a job on SQS. limits: the time of a claim beside 1 000 full keys with 100 000 jobs behind them, over that\nbeside as many jobs without keys.",
  );
  process.exit(values.help ? 0 : 2);
}
/** What a part measures, unless another one was asked for. */
const part = async <T>(name: string, measure: (say: (text: string) => void) => Promise<T>): Promise<T | undefined> =>
  only === undefined || only === name ? measure(say) : undefined;
const say = (text: string): void => console.error(text);

const result = {
  memory: await part("memory", memoryFigures),
  limits: await part("limits", fullKeyFigures),
  sqlite: await part("sqlite", sqliteFigures),
  sqliteRows: await part("sqlite", rowFigures),
  postgres: await part("postgres", postgresFigures),
  postgresKeys: await part("postgres-keys", keyedFigures),
  redis: await part("redis", redisFigures),
  redisWaiting: await part("redis", waitingFigures),
  rabbitmq: await part("rabbitmq", rabbitmqFigures),
  sqs: await part("sqs", sqsFigures),
};

if (values.json) {
  console.log(JSON.stringify(result));
} else {
  const { memory, limits, sqliteRows, redisWaiting, sqs } = result;
  if (memory !== undefined) printMemory(memory);
  if (limits !== undefined) {
    console.log(
      "\ntime of a claim beside 1 000 full keys with 100 000 jobs behind them, over that beside as many without keys:",
    );
    console.log(JSON.stringify(limits));
  }
  printTable("SQLite", result.sqlite);
  if (sqliteRows !== undefined) printRows(sqliteRows);
  printTable("Postgres", result.postgres);
  printTable(`Postgres, one job of each of ${KEYS} keys at a time`, result.postgresKeys);
  printTable("Redis", result.redis);
  if (redisWaiting !== undefined) {
    const { bytesAJob, serverMicroseconds } = redisWaiting;
    console.log(
      `\na job that waits in Redis has ${bytesAJob} bytes; the server's processor time for one that is run (µs), by how many wait:`,
    );
    console.log(JSON.stringify(serverMicroseconds));
  }
  printTable("RabbitMQ", result.rabbitmq);
  if (sqs !== undefined) {
    const { single, bulk } = sqs.calls;
    console.log(`\non SQS a job alone takes ${single} calls, one of many ${bulk} and ${sqs.cpu} µs of processor time`);
  }
}
process.exit(0);

type MemoryFigures = {
  readonly enqueue: Record<string, number>;
  readonly drain: Record<string, number>;
  readonly statistics: { readonly enqueue: number; readonly drain: number };
  readonly scaling: number;
};

async function memoryFigures(): Promise<MemoryFigures> {
  const enqueue: Record<string, number[]> = {};
  const drain: Record<string, number[]> = {};
  // After one warm-up round, all take turns, so that other load on the machine affects all alike.
  for (let round = 0; round <= ROUNDS; round++) {
    say(round === 0 ? "warming up" : `round ${round} of ${ROUNDS}`);
    for (const { name, run } of contestants) {
      globalThis.gc?.();
      const { enqueueMs, drainMs } = await run(round === 0 ? WARM_UP_JOBS : JOBS);
      if (round === 0) continue;
      (enqueue[name] ??= []).push((JOBS / enqueueMs) * 1_000);
      (drain[name] ??= []).push((JOBS / drainMs) * 1_000);
    }
  }
  say("scaling from 1 000 to 1 000 000 waiting jobs");
  return {
    enqueue: medians(enqueue),
    drain: medians(drain),
    statistics: { enqueue: round2(ratio(enqueue)), drain: round2(ratio(drain)) },
    scaling: round2(await scaling(3)),
  };
}

function printMemory({ enqueue, drain, statistics, scaling: grown }: MemoryFigures): void {
  console.log(`\njobs per second, median of ${ROUNDS} alternating rounds of ${JOBS} jobs, ${CONCURRENCY} at a time\n`);
  console.log(`${"".padEnd(28)}${"enqueue".padStart(12)}${"drain".padStart(12)}`);
  for (const { name } of contestants) {
    const cells = [enqueue[name], drain[name]].map((n = 0) => n.toLocaleString("en").padStart(12));
    console.log(`${name.padEnd(28)}${cells.join("")}`);
  }
  console.log(
    `\nwith statistics it enqueues ${statistics.enqueue} and drains ${statistics.drain} times as fast as without`,
  );
  console.log(`with 1 000 000 jobs waiting, a further job costs ${grown} times what it costs with 1 000`);
}

/** In the first columns of the table above. */
function printRows(rows: Record<string, RowFigures>): void {
  for (const [name, { single, bulk }] of Object.entries(rows)) {
    const cells = [single, bulk].map((figure) => figure.toLocaleString("en").padStart(12));
    console.log(`${`INSERT alone, ${name}`.padEnd(28)}${cells.join("")}`);
  }
  const cpu = Object.entries(rows).map(([name, { singleCpu, bulkCpu }]) => `${name} ${singleCpu} and ${bulkCpu}`);
  console.log(
    `\nINSERT alone: a row of each library's, without it, into its tables with their indexes, by one loop for all.\nIts processor time (µs), one by one and by the thousand: ${cpu.join(", ")}`,
  );
}

function medians(samples: Record<string, number[]>): Record<string, number> {
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, Math.round(median(values))]));
}

/** Compares within each round, so that other load on the machine affects both. */
function ratio({ [PLAIN]: plain = [], [COUNTED]: counted = [] }: Record<string, number[]>): number {
  return median(counted.map((speed, round) => speed / (plain[round] ?? Number.NaN)));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
