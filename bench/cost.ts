/** `pnpm bench:cost [--json]`: what a job costs over its whole life, by the cursors inside workerd. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

import {
  DEFAULT_LEASE_MS,
  LEASE_MS,
  type Measured,
  NOT_IN_THE_SUM,
  QUEUE_OPERATIONS_PER_MESSAGE,
  WORKFLOWS_DOLLARS,
  dollars,
  eachKind,
} from "./cost/prices.ts";

const HELP = `pnpm bench:cost [--json]

Rows written, alarms, rows read, requests and queue operations of a job, from enqueue until nothing of it is left, and
the dollars of them all for a million jobs. Runs locally, in Cloudflare's own runtime, in less than a minute.`;

/** Of scenarios.ts, in the order of the table. */
const SCENARIOS = {
  idle: "comes alone to an idle object",
  alone: "one at a time, starts at once",
  batch10: "in tens, starts at once",
  waiting: "waits behind 100 000 others",
  kept: "one at a time, kept for a day",
  kept10: "in tens, kept for a day",
  paired: "pair: one at a time",
  paired10: "pair: in tens",
};
type Scenario = keyof typeof SCENARIOS;
const SCENARIO_NAMES = Object.keys(SCENARIOS) as Scenario[]; // it has no other keys
const KINDS = ["rowsWritten", "alarms", "rowsRead", "requests", "operations"] as const;
const COLUMNS = ["rows written", "alarms", "rows read", "requests", "queue ops", "$ per million"];
const NAME_WIDTH = 34;
const WIDTH = 14;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const runtime = await start();
try {
  const bills: [Scenario, Measured][] = [];
  for (const name of SCENARIO_NAMES) {
    console.error(`measuring ${name}`);
    bills.push([name, await bill(runtime, name)]);
  }
  console.log(values.json ? JSON.stringify(priced(bills)) : table(bills));
} finally {
  await runtime.dispose();
}

async function start(): Promise<Miniflare> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("cost/worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*"],
    write: false,
  });
  const options = {
    name: "cost",
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-11-02",
    cf: false,
    durableObjects: {
      OWN: { className: "Own", useSQLite: true },
      PAIR: { className: "Pair", useSQLite: true },
    },
    queueProducers: { CARRIER: "carrier", DEAD: "dead" },
    queueConsumers: { carrier: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 100, deadLetterQueue: "dead" } },
  };
  return new Miniflare(convertV4MiniflareOptions(options));
}

async function bill(runtime: Miniflare, scenario: Scenario): Promise<Measured> {
  const response = await runtime.dispatchFetch(`http://cost/${scenario}`);
  if (!response.ok) throw new Error(`${scenario} could not be measured: ${await response.text()}`);
  return (await response.json()) as Measured; // what scenarios.ts answers
}

function priced(bills: readonly (readonly [Scenario, Measured])[]): unknown {
  const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
  return Object.fromEntries(
    bills.map(([name, each]) => [
      name,
      { ...eachKind((kind) => rounded(each[kind])), dollarsPerMillion: rounded(dollars(each)) },
    ]),
  );
}

function table(bills: readonly (readonly [Scenario, Measured])[]): string {
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join("");
  const listed = (name: string, operations: string, price: number): string =>
    line(name, ["", "", "", "", operations, price.toFixed(2)]);
  const message = { ...eachKind(() => 0), operations: QUEUE_OPERATIONS_PER_MESSAGE };
  const { perSecond = 0 } = bills.find(([name]) => name === "alone")?.[1] ?? {};
  return [
    line("a plain job, over its whole life", COLUMNS),
    ...bills.map(([name, each]) =>
      line(SCENARIOS[name], [...KINDS.map((kind) => each[kind].toFixed(3)), dollars(each).toFixed(2)]),
    ),
    listed("Cloudflare Queues, one message *", message.operations.toFixed(3), dollars(message)),
    listed("Cloudflare Workflows, one step *", "", WORKFLOWS_DOLLARS),
    "",
    "* by its price list; not measured.",
    `Not in the sums: ${NOT_IN_THE_SUM}.`,
    `An alarm is set about once in a lease. Leases are ${LEASE_MS / 1_000} s here, and one at a time there were ${perSecond.toFixed(0)} jobs`,
    `a second: with the default of ${DEFAULT_LEASE_MS / 1_000} s that is what ${((perSecond * LEASE_MS) / DEFAULT_LEASE_MS).toFixed(0)} a second set. The first line is the other extreme.`,
  ].join("\n");
}
