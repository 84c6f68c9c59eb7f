/** `pnpm bench:beside FOLDER [--store NAME] [--json]`: plain jobs with the packages of another clone, in turn with this one's. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type * as core from "@longshore/core";
import type * as memory from "@longshore/memory";
import type * as postgres from "@longshore/postgres";
import type * as redis from "@longshore/redis";
import type * as redisSenders from "@longshore/redis/ioredis";
import { startRedis } from "@longshore/servers/redis";
import type * as sqlite from "@longshore/sqlite";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { type Backend, type Contestant, compare } from "./comparison.ts";
import { type ClosableStore, longshoreOver } from "./longshore.ts";
import { startServer } from "./postgres/server.ts";
import { printTable } from "./table.ts";

const HELP = `pnpm bench:beside FOLDER [--store memory|sqlite|postgres|redis] [--json]

Jobs per second, processor time and latency of plain jobs, which use no key, limit or family: with the packages of this
clone and, in turn in the same process, with those of another clone in FOLDER, built. So one sees what a change costs.

  --store NAME  one of memory, sqlite, postgres (Debian's) and redis (an installed one); default: memory
  --json        print one JSON object`;

const ROUNDS = 7;

/** One kind of store: where its jobs are kept, and how another clone's package opens it. */
type Kind = {
  /** How many jobs come by the thousand, and are run. */
  readonly jobs: number;
  backend(): Promise<Omit<Backend, "name"> & { stop(): unknown }>;
  /** `space`: what only the jobs of this clone have on a shared server. */
  open(load: Load, place: string, space: string): Promise<{ store: ClosableStore; close(): unknown }>;
};
/** Imports a package as the clone resolves it. */
type Load = (name: string) => Promise<never>;

const inProcess = { place: () => "", cpu: () => 0, stop() {} };

const KINDS: Readonly<Record<string, Kind>> = {
  memory: {
    jobs: 100_000,
    backend: async () => inProcess,
    async open(load) {
      const packages: typeof memory = await load("@longshore/memory");
      return { store: { ...packages.memory(), close: async () => {} }, close() {} };
    },
  },
  sqlite: {
    jobs: 50_000,
    async backend() {
      const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
      let files = 0;
      const place = (): string => join(folder, `jobs-${++files}.db`);
      return { ...inProcess, place, stop: () => rmSync(folder, { recursive: true, force: true }) };
    },
    async open(load, place) {
      const packages: typeof sqlite = await load("@longshore/sqlite");
      return { store: packages.sqlite(place, { synchronous: "normal" }), close() {} };
    },
  },
  postgres: {
    jobs: 20_000,
    async backend() {
      const server = await startServer();
      return { ...server, place: () => server.url };
    },
    async open(load, connectionString, space) {
      const packages: typeof postgres = await load("@longshore/postgres");
      const pool = new Pool({ connectionString, max: 10 });
      const store = packages.postgres(pool, { schema: space });
      await store.migrate();
      return { store, close: () => pool.end() };
    },
  },
  redis: {
    jobs: 20_000,
    async backend() {
      const server = await startRedis();
      return { ...server, place: () => server.url };
    },
    async open(load, url, space) {
      const packages: typeof redis = await load("@longshore/redis");
      const { ioredis }: typeof redisSenders = await load("@longshore/redis/ioredis");
      const client = new Redis(url);
      client.on("error", () => {});
      return { store: packages.redis({ ...ioredis(client), prefix: `{${space}}:` }), close: () => client.quit() };
    },
  },
};

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    store: { type: "string", default: "memory" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
  allowPositionals: true,
});
const kind = KINDS[values.store];
const [folder] = positionals;
if (values.help || kind === undefined || folder === undefined) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

function contestant(name: string, root: string, { open }: Kind): Contestant {
  const require = createRequire(join(root, "bench", "package.json"));
  const load: Load = (wanted) => import(pathToFileURL(require.resolve(wanted)).href) as Promise<never>;
  return {
    name,
    async open(place, ran) {
      const theirs: typeof core = await load("@longshore/core");
      const { store, close } = await open(load, place, name);
      return longshoreOver(store, ran, close, { core: theirs });
    },
  };
}

const both = [
  contestant("longshore", fileURLToPath(new URL("..", import.meta.url)), kind),
  contestant("beside", resolve(folder), kind),
];
const { stop, ...backend } = await kind.backend();
try {
  const say = (text: string): void => console.error(text);
  const figures = await compare({ name: values.store, ...backend }, both, say, kind.jobs, ROUNDS);
  if (values.json) console.log(JSON.stringify(figures));
  else printTable(values.store, figures);
} finally {
  await stop();
}
process.exit(0);
