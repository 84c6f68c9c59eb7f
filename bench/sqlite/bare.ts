import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contestant } from "../comparison.ts";
import { contestants } from "./contestants.ts";

const JOBS = 20_000;
const SINGLE = 1_000;
const ROUNDS = 5;
/** How many rows a statement writes; it divides a thousand. */
const TOGETHER = 8;

type Table = { readonly name: string; readonly inOrder: string };

/** `inOrder`: by which its rows are in the order of their enqueue, in which both libraries write them. */
const TABLES: Readonly<Record<string, Table>> = {
  longshore: { name: "longshore_jobs", inOrder: "seq" },
  plainjob: { name: "plainjob_jobs", inOrder: "id" },
};

/** Rows per second, one in each transaction or a thousand, and the processor time of a row in µs. */
export type RowFigures = {
  readonly single: number;
  readonly bulk: number;
  readonly singleCpu: number;
  readonly bulkCpu: number;
};
type Insert = { run(kind: "single" | "bulk"): Cost; close(): void };
type Cost = { readonly ms: number; readonly cpuUs: number };

/**
 * What a job's row costs without its library: the `INSERT` of the rows that the library made, into its tables with their
 * indexes, by one loop for all, so that an enqueue costs at least that. By the thousand, a statement writes eight of them, as
 * our store does.
 */
export async function rowFigures(): Promise<Record<string, RowFigures>> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  const inserts: Record<string, Insert> = {};
  const samples: Record<string, { single: Cost[]; bulk: Cost[] }> = {};
  try {
    for (const contestant of contestants) {
      const table = TABLES[contestant.name];
      if (table === undefined) continue;
      inserts[contestant.name] = await bareInsert(contestant, table, join(folder, contestant.name));
      samples[contestant.name] = { single: [], bulk: [] };
    }
    // They take turns, so that other load on the machine affects all alike.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, { run }] of Object.entries(inserts)) {
        for (const kind of ["single", "bulk"] as const) samples[name]?.[kind].push(run(kind));
      }
    }
    return Object.fromEntries(
      Object.entries(samples).map(([name, { single, bulk }]) => [name, figuresOf(single, bulk)]),
    );
  } finally {
    for (const { close } of Object.values(inserts)) close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figuresOf(single: readonly Cost[], bulk: readonly Cost[]): RowFigures {
  const perSecond = (costs: readonly Cost[]): number => Math.round(1_000 / middle(costs.map(({ ms }) => ms)));
  const cpu = (costs: readonly Cost[]): number => Math.round(10 * middle(costs.map(({ cpuUs }) => cpuUs))) / 10;
  return { single: perSecond(single), bulk: perSecond(bulk), singleCpu: cpu(single), bulkCpu: cpu(bulk) };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function bareInsert({ open }: Contestant, { name, inOrder }: Table, file: string): Promise<Insert> {
  const queue = await open(file, () => {});
  for (let n = 0; n < JOBS; n += 1_000) {
    await queue.enqueueMany(Array.from({ length: 1_000 }, (_, i) => n + i));
  }
  await queue.close();
  const database = new DatabaseSync(file);
  // As both libraries set it here.
  database.exec("PRAGMA synchronous=NORMAL");
  const read = database.prepare(`SELECT * FROM ${name} ORDER BY ${inOrder}`);
  const rows = read.all().map((row) => Object.values(row));
  const row = `(${read.columns().map(() => "?")})`;
  const one = database.prepare(`INSERT INTO ${name} VALUES${row}`);
  // Else SQLite keeps a copy of each page.
  const several = database.prepare(`INSERT OR FAIL INTO ${name} VALUES${Array(TOGETHER).fill(row)}`);
  const parts = Array.from({ length: JOBS / TOGETHER }, (_, n) => rows.slice(n * TOGETHER, (n + 1) * TOGETHER).flat());
  return {
    run(kind) {
      database.exec(`DELETE FROM ${name}`);
      return kind === "single"
        ? costOf(SINGLE, () => rows.slice(0, SINGLE).forEach((values) => one.run(...values)))
        : costOf(JOBS, () => byThousands(database, parts, (values) => several.run(...values)));
    },
    close: () => database.close(),
  };
}

function byThousands(
  database: DatabaseSync,
  parts: readonly SQLInputValue[][],
  put: (values: SQLInputValue[]) => unknown,
): void {
  const most = 1_000 / TOGETHER;
  for (let n = 0; n < parts.length; n += most) {
    database.exec("BEGIN IMMEDIATE");
    parts.slice(n, n + most).forEach(put);
    database.exec("COMMIT");
  }
}

/** Of a row. */
function costOf(rows: number, work: () => void): Cost {
  const before = process.cpuUsage();
  const from = performance.now();
  work();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(before);
  return { ms: ms / rows, cpuUs: (user + system) / rows };
}
