/** `pnpm bench:object [--json] [--beside FOLDER]`: jobs through Durable Objects in workerd, with their rows on disk. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { processorTime } from "@longshore/servers/processor-time";
import { type Plugin, build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { Load, Measured, Reload, Reloaded } from "./object/load.ts";

const HELP = `pnpm bench:object [--json] [--beside FOLDER]

Jobs a second through Durable Objects in workerd, from the enqueue to the end of their handlers; the time in ms until an
enqueue is acknowledged; and workerd's processor time of a job in µs. Then the ms of the first call to an object that was not
in memory, by how many jobs it has. All objects share one thread here, and the disk of this
machine; on Cloudflare each has its own. So several objects show what they cost and that nothing waits for all of them, not
how fast they are there. Linux only. In three to five minutes.

  --beside FOLDER  measures another clone of this repository, built, in turn with this one
  --json           print one JSON object`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { json: { type: "boolean" }, beside: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const LOADS = {
  alone: { callers: 1, size: 1, shards: 1, jobs: 1_000 },
  callers: { callers: 20, size: 1, shards: 1, jobs: 3_000 },
  tens: { callers: 10, size: 10, shards: 1, jobs: 10_000 },
  "kept alone": { callers: 1, size: 1, shards: 1, jobs: 1_000, kept: true },
  "kept tens": { callers: 10, size: 10, shards: 1, jobs: 10_000, kept: true },
  hundreds: { callers: 4, size: 100, shards: 1, jobs: 20_000 },
  "two objects": { callers: 20, size: 1, shards: 2, jobs: 3_000 },
  "four objects": { callers: 20, size: 1, shards: 4, jobs: 3_000 },
} as const satisfies Record<string, Load>;
const ROUNDS = 3;
const WORKER = fileURLToPath(new URL("object/worker.ts", import.meta.url));

const RELOADS = {
  "no jobs": { reload: "waiting", jobs: 0 },
  "100 000 waiting": { reload: "waiting", jobs: 100_000 },
  "100 000 kept": { reload: "kept", jobs: 100_000 },
} as const satisfies Record<string, Reload>;

type Figures = Measured & { readonly cpu: number };
type Contestant = {
  measure(load: Load): Promise<Figures>;
  reload(load: Reload): Promise<number>;
  dispose(): Promise<void>;
};

/** The Worker of this clone is measured with the packages of another one. */
function packagesOf(root: string): Plugin {
  return {
    name: "packages",
    setup(building) {
      building.onResolve({ filter: /^@longshore\// }, ({ path, kind, importer }) =>
        importer === WORKER ? building.resolve(path, { kind, resolveDir: join(root, "bench") }) : undefined,
      );
    },
  };
}

/** `root`: of the clone whose packages are measured. */
async function contestant(root: string): Promise<Contestant> {
  const { outputFiles } = await build({
    entryPoints: [WORKER],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*"],
    write: false,
    plugins: [packagesOf(root)],
  });
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      name: "object",
      modules: true,
      script: outputFiles[0]?.text ?? "",
      compatibilityDate: "2026-11-02",
      cf: false,
      durableObjects: { JOBS: { className: "Jobs", useSQLite: true } },
    }),
  );
  await runtime.ready;
  const ask = async (what: Load | Reload): Promise<unknown> => {
    const response = await runtime.dispatchFetch("http://object/", { method: "POST", body: JSON.stringify(what) });
    if (!response.ok) throw new Error(`the Worker failed: ${await response.text()}`);
    return response.json();
  };
  return {
    async measure(load) {
      const before = childrensTime();
      const measured = (await ask(load)) as Measured; // worker.ts answers this
      return { ...measured, cpu: (childrensTime() - before) / load.jobs };
    },
    async reload(what) {
      return ((await ask(what)) as Reloaded).ms; // and this
    },
    dispose: () => runtime.dispose(),
  };
}

/** Of the runtimes, which are this process' children. */
function childrensTime(): number {
  const { user, system } = process.cpuUsage();
  return processorTime(process.pid) - user - system;
}

/** Measures all contestants in turn, and makes one of the figures of each. */
async function inTurn<T>(
  measure: (one: Contestant) => Promise<T>,
  middle: (rounds: readonly T[]) => T,
): Promise<Record<string, T>> {
  const rounds: Record<string, T[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, one] of Object.entries(contestants)) (rounds[name] ??= []).push(await measure(one));
  }
  return Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, middle(all)]));
}

/** Of each figure the median. */
function medians(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures): number => median(rounds.map((figures) => figures[name]));
  return { perSecond: of("perSecond"), p50: of("p50"), p99: of("p99"), cpu: of("cpu") };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const contestants: Record<string, Contestant> = {
  longshore: await contestant(fileURLToPath(new URL("..", import.meta.url))),
};
if (values.beside !== undefined) contestants["beside"] = await contestant(resolve(values.beside));
try {
  const figures: Record<string, Record<string, Figures>> = {};
  for (const [line, load] of Object.entries(LOADS)) {
    console.error(`measuring ${line}`);
    figures[line] = await inTurn(({ measure }) => measure(load), medians);
  }
  const reloads: Record<string, Record<string, number>> = {};
  for (const [line, what] of Object.entries(RELOADS)) {
    console.error(`loading an object with ${line}`);
    reloads[line] = await inTurn(({ reload }) => reload(what), median);
  }
  if (values.json) console.log(JSON.stringify({ ...figures, reloads }));
  else console.log(`${table(figures)}\n\n${reloadTable(reloads)}`);
} finally {
  for (const { dispose } of Object.values(contestants)) await dispose();
}

function table(figures: Readonly<Record<string, Readonly<Record<string, Figures>>>>): string {
  const columns = ["jobs a second", "p50 ms", "p99 ms", "µs of a job"];
  const lines = Object.entries(figures).flatMap(([line, all]) =>
    Object.entries(all).map(([name, { perSecond, p50, p99, cpu }]) => {
      const numbers = [perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1), cpu.toFixed(0)];
      return [
        line.padEnd(14),
        name.padEnd(11),
        ...numbers.map((text, i) => text.padStart(columns[i]?.length ?? 0)),
      ].join("  ");
    }),
  );
  return [["".padEnd(14), "".padEnd(11), ...columns].join("  "), ...lines].join("\n");
}

function reloadTable(reloads: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const lines = Object.entries(reloads).flatMap(([line, all]) =>
    Object.entries(all).map(([name, ms]) => `${line.padEnd(17)}${name.padEnd(11)}${ms.toFixed(1).padStart(8)}`),
  );
  return [`${"".padEnd(28)}${"load ms".padStart(8)}`, ...lines].join("\n");
}
