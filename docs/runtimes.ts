/**
 * The table of docs/runtimes.md: which adapter is tested in which runtime, and how. `node docs/runtimes.ts` prints it;
 * `--write` puts it into the page. A test checks that the page has it, and that each cell's test is there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { root } from "./examples.ts";

export const RUNTIMES = ["Node 20", "Node 22", "Node 24", "Deno", "Bun", "Chromium", "Firefox", "workerd"] as const;
type Runtime = (typeof RUNTIMES)[number];

/** What runs there: a file, and a text in it that stands and falls with the test. */
export type Tested = { readonly what: "suite" | "tests"; readonly file: string; readonly text: string };
const suite = (file: string, text: string): Tested => ({ what: "suite", file, text });
const tests = (file: string, text: string): Tested => ({ what: "tests", file, text });

const CONFORMANCE = "packages/conformance/test/matrix/runtimes.test.ts";
const SQLITE = "packages/stores/sqlite/test/matrix/runtimes.test.ts";
const POSTGRES = "packages/stores/postgres/test/matrix/runtimes.test.ts";
const HTTP = "packages/http/test/matrix/runtimes.test.ts";
const OLDER = "matrix/older-nodes.ts";
const FIREFOX = "matrix/firefox.ts";
/** Where each package's own suite runs: on Node 24, or by its plugin inside workerd. */
const own = (folder: string, text: string): Tested => suite(`packages/${folder}/test/conformance.test.ts`, text);

/** By their folder in `packages`. */
export const adapters: Readonly<Record<string, Partial<Record<Runtime, Tested>>>> = {
  "stores/memory": {
    "Node 20": suite(OLDER, "packages/conformance/test/runtimes/process.ts"),
    "Node 22": suite(OLDER, "packages/conformance/test/runtimes/process.ts"),
    "Node 24": suite(CONFORMANCE, "the suite passes over memory in a process of Node"),
    Deno: suite(CONFORMANCE, "the suite passes over memory in Deno"),
    Bun: suite(CONFORMANCE, "the suite passes over memory in Bun"),
    Chromium: suite(CONFORMANCE, "the suite passes over memory in Chromium"),
    Firefox: suite(FIREFOX, "packages/conformance/test/runtimes/page.ts"),
    workerd: suite(CONFORMANCE, "the suite passes over memory in workerd"),
  },
  "stores/durable-objects": { workerd: own("stores/durable-objects", "one object") },
  "stores/sqlite": {
    "Node 22": suite(SQLITE, "the suite passes in Node 22.13"),
    "Node 24": own("stores/sqlite", "the SQLite store"),
    Deno: suite(SQLITE, "the suite passes in Deno, over its node:sqlite"),
    Bun: suite(SQLITE, "the suite passes in Bun, over its own bun:sqlite"),
  },
  "stores/d1": {
    "Node 24": suite("packages/stores/d1/test/matrix/libsql.test.ts", "the store over libSQL, in a file"),
    workerd: own("stores/d1", "the store over D1"),
  },
  "stores/postgres": {
    "Node 24": own("stores/postgres", "the Postgres store"),
    Deno: suite(POSTGRES, "the contract's suite passes in Deno"),
    Bun: suite(POSTGRES, "the contract's suite passes in Bun"),
  },
  "stores/redis": {
    "Node 24": own("stores/redis", "the Redis store"),
    workerd: suite("packages/stores/redis/test/matrix/workerd.test.ts", "over the sockets of workerd"),
  },
  "stores/indexeddb": {
    Chromium: own("stores/indexeddb", "the IndexedDB store in a page of Chromium"),
    Firefox: suite(FIREFOX, "packages/stores/indexeddb/test/page/suite.ts"),
  },
  "brokers/cloudflare-queues": {
    workerd: tests("packages/brokers/cloudflare-queues/vitest.config.ts", "cloudflareTest("),
  },
  "brokers/rabbitmq": {
    "Node 24": own("brokers/rabbitmq", "over a real server"),
    workerd: suite("packages/brokers/rabbitmq/test/matrix/workerd.test.ts", "in a Worker"),
  },
  "brokers/sqs": {
    "Node 24": own("brokers/sqs", "Over the fake"),
    workerd: suite("packages/brokers/sqs/test/matrix/conformance.test.ts", "In a Worker, over HTTP"),
  },
  paired: { workerd: own("paired", "a pair over") },
  http: {
    "Node 20": suite(OLDER, "packages/http/test/runtimes/node.ts"),
    "Node 22": suite(OLDER, "packages/http/test/runtimes/node.ts"),
    "Node 24": own("http", "the memory store over sockets"),
    Deno: suite(HTTP, "the suite passes over sockets of Deno"),
    Bun: suite(HTTP, "the suite passes over sockets of Bun"),
    Chromium: suite("packages/http/test/matrix/page.test.ts", "the suite passes over the fetch of a page in Chromium"),
    Firefox: suite(FIREFOX, "packages/http/test/page/suite.ts"),
    workerd: suite(HTTP, "a Durable Object behind Hono in workerd"),
  },
};

const rows = [
  ["adapter", ...RUNTIMES],
  ...Object.entries(adapters).map(([folder, cells]) => [
    `[${folder.replace(/.*\//, "")}](../packages/${folder}/README.md)`,
    ...RUNTIMES.map((runtime) => cells[runtime]?.what ?? ""),
  ]),
];
// Aligned like the formatter does it.
const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
const [head = [], ...body] = rows;
export const table: string = [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");

const PAGE = `${root}docs/runtimes.md`;
if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes("--write")) {
    const marked = /(<!-- runtimes:.*?-->\n).*?(<!-- \/runtimes -->)/s;
    const written = readFileSync(PAGE, "utf8").replace(marked, (_, open, close) => `${open}\n${table}\n\n${close}`);
    writeFileSync(PAGE, written);
  } else console.log(table);
}
