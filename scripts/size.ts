import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publishable } from "./tarballs.ts";

/**
 * The limits for each entry, minified and gzipped, in bytes (1 KB = 1000 bytes). `core` is an app that defines,
 * enqueues and runs jobs; unused schedules, retry policies and loggers are dropped. `core-all`, every export of the
 * same entry, is only printed and has no limit. `signals` is an app that evaluates rules and posts the alerts;
 * `signals-all` is every export, with the Prometheus text, other sinks, presence and the backtest. `http` is client and server, `http-client` is what a
 * page carries. `dashboard` is the handler with the whole page in it; its page is minified already.
 */
const budgets = {
  core: 19_600,
  "core-all": undefined,
  producer: 10_100,
  cron: 12_000,
  stats: 3_200,
  broker: 5_000,
  bulk: 4_300,
  memory: 8_800,
  "durable-objects": 24_900,
  "durable-objects-client": 7_000,
  sqlite: 20_200,
  d1: 25_000,
  postgres: 34_500,
  redis: 22_700,
  "redis-sockets": 2_000,
  indexeddb: 13_300,
  "indexeddb-hosts": 2_000,
  "cloudflare-queues": 7_000,
  rabbitmq: 7_000,
  sqs: 8_000,
  paired: 7_000,
  otel: 7_000,
  signals: 7_000,
  "signals-all": 7_100,
  dashboard: 30_000,
  http: 10_200,
  "http-client": 3_100,
  "http-outbox": 3_000,
  "http-push": 11_000,
};

type Entry = keyof typeof budgets;
type Size = { readonly minified: number; readonly gzipped: number; readonly budget: number | undefined };

/** The built files behind all of a package's exports, or behind one. */
function built(short: string, only?: string): string[] {
  const folder = publishable.find(({ name }) => name === `@longshore/${short}`)?.folder ?? `no package ${short}: `;
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, "utf8")) as {
    exports: Record<string, { default: string }>;
  };
  return Object.entries(manifest.exports)
    .filter(([name]) => only === undefined || name === only)
    .map(([, target]) => `./${folder}${target.default}`);
}

function source(entry: Entry): string {
  const all = (files: string[]) => files.map((file) => `export * from "${file}";`).join("\n");
  const some = (names: string, from = "core") => `export { ${names} } from "${built(from, ".")[0]}";`;
  if (entry === "core") return some("createQueue, createWorker, defineJob, handle");
  if (entry === "core-all") return all(built("core", "."));
  if (entry === "producer") return some("createQueue, defineJob");
  if (entry === "cron" || entry === "stats" || entry === "broker" || entry === "bulk")
    return all(built("core", `./${entry}`));
  if (entry === "signals") return some("alertJob, defaultRules, evaluate, webhookSink", "signals");
  if (entry === "signals-all") return all(built("signals"));
  if (entry === "indexeddb-hosts") return all(built("indexeddb", "./hosts"));
  if (entry === "http-outbox") return all(built("http", "./outbox"));
  if (entry === "http-push") return all(built("http", "./push"));
  if (entry === "http-client") return some("http", "http");
  if (entry === "redis-sockets") return all(built("redis", "./sockets"));
  if (entry === "durable-objects-client") return all(built("durable-objects", "./client"));
  return all(built(entry, "."));
}

async function measure(entry: Entry): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: source(entry), resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["@longshore/core", "@opentelemetry/api", "cloudflare:*"],
    legalComments: "none",
    write: false,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length, budget: budgets[entry] };
}

function isOver({ gzipped, budget = Infinity }: Pick<Size, "gzipped" | "budget">): boolean {
  return gzipped > budget;
}

const entries = Object.keys(budgets) as Entry[];
const sizes = await Promise.all(entries.map(async (entry) => [entry, await measure(entry)] as const)).catch(
  () => process.exit(1), // esbuild has printed why
);

if (process.argv.includes("--json")) {
  console.log(JSON.stringify(Object.fromEntries(sizes)));
} else {
  console.log(`${"bytes".padEnd(24)}${["minified", "gzipped", "budget"].map((word) => word.padStart(10)).join("")}`);
  for (const [entry, { minified, gzipped, budget }] of sizes) {
    const cells = [minified, gzipped, budget ?? "none"].map((cell) => String(cell).padStart(10)).join("");
    console.log(
      `${entry.padEnd(24)}${cells}${isOver({ gzipped, budget }) ? `  over by ${gzipped - (budget ?? 0)}` : ""}`,
    );
  }
}
if (sizes.some(([, size]) => isOver(size))) process.exitCode = 1;
