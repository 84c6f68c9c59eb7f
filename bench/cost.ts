/** `pnpm bench:cost [--json]`: what a job costs over its whole life, measured at the SQL cursors and D1's figures inside workerd. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

import type { Measured } from "./cost/prices.ts";
import { type Bills, SCENARIOS, type Scenario, priced, table } from "./cost/table.ts";

const HELP = `pnpm bench:cost [--json]

Rows written, alarms, rows read, requests and queue operations of a job, from enqueue until nothing of it is left, and
the dollars of them all for a million jobs; the same of a look at the alerts' rules and of a scrape, and for a month of
them. Runs locally, in Cloudflare's own runtime, in about a minute.`;

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
  const bills: Partial<Bills> = {};
  for (const name of SCENARIOS) {
    console.error(`measuring ${name}`);
    bills[name] = await bill(runtime, name);
  }
  const all = bills as Bills; // all are there by now
  console.log(values.json ? JSON.stringify(priced(all)) : table(all));
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
      COUNTED: { className: "Counted", useSQLite: true },
    },
    d1Databases: { DB: "jobs" },
    queueProducers: { CARRIER: "carrier", DEAD: "dead" },
    queueConsumers: { carrier: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 100, deadLetterQueue: "dead" } },
  };
  return new Miniflare(convertV4MiniflareOptions(options));
}

async function bill(runtime: Miniflare, scenario: Scenario): Promise<Measured> {
  const response = await runtime.dispatchFetch(`http://cost/${scenario}`);
  if (!response.ok) throw new Error(`${scenario} could not be measured: ${await response.text()}`);
  return (await response.json()) as Measured; // scenarios.ts answers this
}
