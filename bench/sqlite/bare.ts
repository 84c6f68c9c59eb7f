import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contestant } from "../comparison.ts";
import { contestants } from "./contestants.ts";

const JOBS = 20_000;
const ROUNDS = 5;

const TABLES: Readonly<Record<string, string>> = { longshore: "longshore_jobs", plainjob: "plainjob_jobs" };

/**
 * What a job's row costs without its library: the processor time of an `INSERT`, in µs, a thousand in a transaction, of
 * the rows that the library made, into its tables with their indexes. An enqueue in bulk cannot cost less.
 */
export async function rowFigures(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  try {
    const figures: Record<string, number> = {};
    for (const contestant of contestants) {
      const table = TABLES[contestant.name];
      if (table === undefined) continue;
      figures[contestant.name] = await bareInsert(contestant, table, join(folder, contestant.name));
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bareInsert({ open }: Contestant, table: string, file: string): Promise<number> {
  const queue = await open(file, () => {});
  for (let n = 0; n < JOBS; n += 1_000) {
    await queue.enqueueMany(Array.from({ length: 1_000 }, (_, i) => n + i));
  }
  await queue.close();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA synchronous=NORMAL");
  const read = database.prepare(`SELECT * FROM ${table}`);
  const rows = read.all().map((row) => Object.values(row));
  const insert = database.prepare(`INSERT INTO ${table} VALUES(${read.columns().map(() => "?")})`);
  const samples = Array.from({ length: ROUNDS }, () => {
    database.exec(`DELETE FROM ${table}`);
    return costOf(database, rows, (row) => insert.run(...row));
  });
  database.close();
  return Math.round(Math.min(...samples) * 10) / 10;
}

function costOf(database: DatabaseSync, rows: readonly SQLInputValue[][], put: (row: SQLInputValue[]) => void): number {
  const before = process.cpuUsage();
  for (let n = 0; n < rows.length; n += 1_000) {
    database.exec("BEGIN IMMEDIATE");
    rows.slice(n, n + 1_000).forEach(put);
    database.exec("COMMIT");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rows.length;
}
