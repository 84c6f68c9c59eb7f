import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync as Database } from "node:sqlite";
import process from "node:process";
import { type Adapter, type Queue, createQueue } from "@longshore/core";
import type { Close, Control, Enqueue, Inspect, ListSchedules, Presence, Stats } from "@longshore/core/adapter";
import type { PostgresClient } from "@longshore/postgres";
import { EXIT, messageOf, problem } from "./exit.ts";

/** Where the jobs are; one of these. */
export type Where = {
  readonly url?: string | undefined;
  readonly sqlite?: string | undefined;
  readonly postgres?: string | undefined;
  /** The schema in PostgreSQL. */
  readonly schema?: string | undefined;
};

/** A store whose interfaces are known at run time alone: a server may offer fewer. */
type AnyStore = Enqueue & Partial<Inspect & Control & ListSchedules & Presence & Stats & Close>;
export type AnyQueue = Partial<Queue<Adapter & Inspect & Control & ListSchedules>>;

export type Target = {
  readonly store: AnyStore;
  readonly queue: AnyQueue;
  close(): Promise<void>;
};

export type Surroundings = { readonly env: NodeJS.ProcessEnv; readonly cwd: string };

/** Opens the store, whose package alone is loaded. Fails with a problem of usage where there is none, and makes none. */
export async function openTarget(where: Where, { env, cwd }: Surroundings): Promise<Target> {
  if (where.url !== undefined) return targetOf(await overHttp(where.url, env["LONGSHORE_TOKEN"] || undefined));
  if (where.sqlite !== undefined) return targetOf(await openSqlite(where.sqlite));
  if (where.postgres !== undefined) return openPostgres(where.postgres, where.schema ?? "longshore", cwd);
  throw problem(EXIT.usage, "Say where the jobs are: --url, --sqlite or --postgres.");
}

function targetOf(store: AnyStore, close?: () => Promise<void>): Target {
  return { store, queue: createQueue(store) as AnyQueue, close: close ?? (async () => store.close?.()) }; // it has what the store has
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

async function overHttp(url: string, token: string | undefined): Promise<AnyStore> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw problem(EXIT.usage, "--url must be that of `serve` of @longshore/http, such as https://example.com/jobs.");
  }
  // What `fetch` refuses as if there were no connection, or what would be quoted.
  if (parsed.username !== "" || parsed.password !== "") {
    throw problem(
      EXIT.usage,
      "--url must be without a name and a password: a bearer token comes from LONGSHORE_TOKEN.",
    );
  }
  if (/[?#]/.test(url)) throw problem(EXIT.usage, "--url must be without a query and a fragment.");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw problem(
      EXIT.usage,
      "LONGSHORE_TOKEN must be ASCII without spaces, as a header can carry it: is there a line break at its end?",
    );
  }
  if (token !== undefined && parsed.protocol === "http:" && !LOOPBACK.test(parsed.hostname)) {
    throw problem(
      EXIT.usage,
      "LONGSHORE_TOKEN is not sent over http: to another machine, where all could read it: use https.",
    );
  }
  const server = { url, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }) };
  const { http, readManifest } = await import("@longshore/http");
  return http({ ...server, manifest: await readManifest(server) });
}

async function openSqlite(path: string): Promise<AnyStore> {
  if (!existsSync(path)) throw problem(EXIT.usage, `There is no file ${path}.`);
  const { DatabaseSync } = process.getBuiltinModule?.("node:sqlite") ?? {};
  // `sqlite` would make its tables in whatever database it gets.
  if (DatabaseSync !== undefined) {
    if (!hasJobs(DatabaseSync, path)) {
      throw problem(EXIT.usage, `${path} has no jobs: it lacks the table longshore_jobs.`);
    }
  }
  const { sqlite } = await import("@longshore/sqlite");
  return sqlite(path);
}

function hasJobs(DatabaseSync: typeof Database, path: string): boolean {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'longshore_jobs'").get() !== undefined;
    } finally {
      database.close();
    }
  } catch (error) {
    // SQLite's own message does not say which file it means.
    throw problem(EXIT.usage, `${path} cannot be read as a SQLite database: ${messageOf(error)}.`);
  }
}

type Pool = PostgresClient & {
  query(
    text: string,
    parameters: readonly string[],
  ): Promise<{ readonly rows: readonly { readonly found: string | null }[] }>;
  end(): Promise<void>;
};
type Pg = {
  readonly Pool: new (options: { connectionString: string; max: number; connectionTimeoutMillis: number }) => Pool;
};

async function openPostgres(connectionString: string, schema: string, cwd: string): Promise<Target> {
  const { postgres } = await import("@longshore/postgres");
  const pool = new (loadPg(cwd).Pool)({ connectionString, max: 2, connectionTimeoutMillis: 10_000 });
  const close = async (): Promise<void> => void (await Promise.allSettled([pool.end()]));
  try {
    const store = postgres(pool, { schema, log: SILENT }); // checks the name of the schema
    const { rows } = await pool.query("select to_regclass($1) as found", [`"${schema}".job`]);
    if (rows[0]?.found !== null) return targetOf(store, close);
    throw problem(EXIT.usage, `This database has no jobs in the schema ${schema}: \`migrate\` of the store makes it.`);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A lost connection shows in the call that it fails. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The user's own, of the folder that the command runs in; or one that is installed beside this package. */
function loadPg(cwd: string): Pg {
  for (const from of [join(cwd, "package.json"), import.meta.url]) {
    try {
      return createRequire(from)("pg") as Pg; // the module of this name
    } catch (error) {
      if (Object(error).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw problem(EXIT.usage, "--postgres needs pg, which is not installed here: npm install pg.");
}

/** A method of the queue. Fails if the server or the store does not offer it. */
export function need<M extends keyof AnyQueue>({ queue, store }: Target, method: M): NonNullable<AnyQueue[M]> {
  const found = queue[method];
  if (found !== undefined) return found;
  throw problem(EXIT.failed, `${store.name} offers no ${method} to this caller.`);
}
