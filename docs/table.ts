/**
 * The README's tables of adapters, made from each adapter's traits and methods. `node docs/table.ts` prints them;
 * `--write` puts them into the README. A test checks that the README has them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cloudflareQueues } from "@longshore/cloudflare-queues";
import type { Adapter } from "@longshore/core";
import { d1 } from "@longshore/d1";
import { durableObjects } from "@longshore/durable-objects/client";
import { indexedDB } from "@longshore/indexeddb";
import { memory } from "@longshore/memory";
import { paired } from "@longshore/paired";
import { postgres } from "@longshore/postgres";
import { rabbitmq } from "@longshore/rabbitmq";
import { redis } from "@longshore/redis";
import { sqs } from "@longshore/sqs";
import { sqlite } from "@longshore/sqlite";
import { root } from "./examples.ts";

// An adapter's abilities do not depend on its binding, so this one is fake.
const binding = () => ({ getByName: () => {}, send: () => {}, sendBatch: () => {}, batch: () => {} }) as never;
const store = durableObjects(binding());
const broker = cloudflareQueues({ queue: binding(), deadLetters: binding() });
/** By their folder in `packages`. */
const adapters: Readonly<Record<string, Adapter>> = {
  "stores/memory": memory(),
  "stores/durable-objects": store,
  "stores/sqlite": sqlite(":memory:"),
  "stores/d1": d1(binding()),
  "stores/postgres": postgres(async () => []),
  "stores/redis": redis({ send: async () => "" }),
  "stores/indexeddb": indexedDB("jobs"),
  "brokers/cloudflare-queues": broker,
  "brokers/rabbitmq": rabbitmq({ connect: async () => Promise.reject(new Error("nobody connects")) }),
  "brokers/sqs": sqs({ call: async () => ({}), queue: "https://sqs/jobs", deadLetters: "https://sqs/dead" }),
  paired: paired(store, broker),
};

const yes = (fact: boolean): string => (fact ? "yes" : "no");
const time = (ms: number): string => {
  if (ms === Infinity) return "no limit";
  if (ms >= 86_400_000) return `${ms / 86_400_000} d`;
  return ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
};

type Columns = Readonly<Record<string, (adapter: Adapter) => string>>;

const facts: Columns = {
  kind: (adapter) => (isStore(adapter) ? "store" : "broker"),
  durable: ({ traits }) => yes(traits.durable),
  "unique ids": ({ traits }) => yes(traits.unique),
  "priority, order": ({ traits }) => yes(traits.ordered),
  fenced: ({ traits }) => yes(traits.fenced),
  "list, cancel, replay": (adapter) => yes("list" in adapter && "replay" in adapter),
  schedules: (adapter) => yes("advance" in adapter),
  "longest delay": ({ traits }) => time(traits.maxDelayMs),
  "longest run": ({ traits }) => time(traits.maxRunMs),
  payload: ({ traits }) => `${Math.floor(traits.maxPayloadBytes / 1_000)} KB`,
};

/** What a definition may ask of a store; by the option's name. */
const features: Columns = {
  "[unique](docs/uniqueness.md)": ({ traits }) => yes(traits.uniqueKeys === true),
  "[concurrency](docs/limits.md)": ({ traits }) => yes(traits.limits === true),
  "[throttle](docs/limits.md#throttle)": ({ traits }) => yes(traits.throttle === true),
  "[order](docs/limits.md#order)": ({ traits }) => yes(traits.order === true),
  "[maxDepth](docs/limits.md#full-queues)": ({ traits }) => yes(traits.depth === true),
  "[after](docs/dependencies.md)": ({ traits }) => yes(traits.dependencies === true),
  "[startWithin](docs/limits.md#a-time-to-begin)": ({ traits }) => yes(traits.expiry === true),
  "[priorityAge](docs/running.md#priorities)": ({ traits }) => yes(traits.ageing === true),
};

function isStore(adapter: Adapter): boolean {
  return "claim" in adapter;
}

/** Aligned like the formatter does it. */
function tableOf(columns: Columns, of: (adapter: Adapter) => boolean): string {
  const rows = [
    ["adapter", ...Object.keys(columns)],
    ...Object.entries(adapters)
      .filter(([, adapter]) => of(adapter))
      .map(([folder, adapter]) => [
        `[${folder.replace(/.*\//, "")}](packages/${folder}/README.md)`,
        ...Object.values(columns).map((cell) => cell(adapter)),
      ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

const table = `${tableOf(facts, () => true)}

Which of its jobs may start, and when, is an option of a definition, and \`priorityAge\` one of a worker. A store knows these:

${tableOf(features, isStore)}`;

if (process.argv.includes("--write")) {
  const marked = /(<!-- adapters:.*?-->\n).*?(<!-- \/adapters -->)/s;
  const readme = readFileSync(`${root}README.md`, "utf8");
  writeFileSync(
    `${root}README.md`,
    readme.replace(marked, (_, open, close) => `${open}\n${table}\n\n${close}`),
  );
} else {
  console.log(table);
}
