/**
 * The README's table of adapters, from the traits and methods that each adapter has.
 * `node docs/table.ts --write` puts it there; a test holds the README to it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cloudflareQueues } from "@longshore/cloudflare-queues";
import type { Adapter } from "@longshore/core";
import { durableObjects } from "@longshore/durable-objects";
import { memory } from "@longshore/memory";
import { paired } from "@longshore/paired";
import { root } from "./examples.ts";

// Bindings exist in a Worker only, and an adapter's traits do not depend on them.
const nothing = {} as never;
const store = durableObjects(nothing);
const broker = cloudflareQueues({ queue: nothing, deadLetters: nothing });
const adapters: Readonly<Record<string, Adapter>> = {
  memory: memory(),
  "durable-objects": store,
  "cloudflare-queues": broker,
  paired: paired(store, broker),
};

const yes = (fact: boolean): string => (fact ? "yes" : "no");
const time = (ms: number): string => {
  if (ms === Infinity) return "no limit";
  if (ms >= 86_400_000) return `${ms / 86_400_000} d`;
  return ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
};

const columns: Readonly<Record<string, (adapter: Adapter) => string>> = {
  kind: (adapter) => ("claim" in adapter ? "store" : "broker"),
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

/** The table as Markdown. */
export function adapterTable(): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const names = Object.keys(columns);
  return [
    row(["adapter", ...names]),
    row(["adapter", ...names].map(() => "---")),
    ...Object.entries(adapters).map(([name, adapter]) =>
      row([
        `[${name}](packages/${name}/README.md)`,
        ...Object.values(columns).map((cell) => cell(adapter)),
      ]),
    ),
  ].join("\n");
}

const MARKED = /(<!-- adapters:.*?-->\n)(.*?)(<!-- \/adapters -->)/s;

/** The table that stands in the README. */
export function tableInReadme(): string {
  return MARKED.exec(readFileSync(`${root}README.md`, "utf8"))?.[2]?.trim() ?? "";
}

if (process.argv.includes("--write")) {
  const readme = readFileSync(`${root}README.md`, "utf8");
  writeFileSync(`${root}README.md`, readme.replace(MARKED, (_, open, _old, close) => `${open}${adapterTable()}\n${close}`));
}
