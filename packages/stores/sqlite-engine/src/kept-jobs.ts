import type { TerminalState } from "@longshore/core/adapter";
import type { Sql } from "./database.ts";
import { openIdIndex } from "./id-index.ts";
import { type PackedJob, unpacked } from "./packed-row.ts";
import { type Row, stands } from "./row.ts";

/** How many jobs of a queue have ended so. */
export type EndedCount = { readonly queue: string; readonly state: TerminalState; n: number };
/** A part of a list, in the order of ids. `limit`: how many ids. */
export type IdPage = { readonly cursor?: string | undefined; readonly descending: boolean; readonly limit: number };

/**
 * Ended jobs that share rows, the chunks. A job costs its part of the chunk's row and of that row's removal. What is
 * asked without an id is answered from the heads of the chunks, which are in memory. A chunk is written again only when
 * a job of it is removed, replayed or enqueued anew.
 */
export type KeptJobs = {
  /** `some`: whether any have ended. Without, there may be no table. */
  load(some: boolean): void;
  size(): number;
  get(id: string): Row | undefined;
  /** False if it is not here. */
  erase(id: string): boolean;
  add(jobs: readonly PackedJob[]): void;
  /** `mayBe`: whether a chunk with jobs that ended so must be read. */
  ids(page: IdPage, mayBe: (counted: EndedCount) => boolean, isShown: (row: Row) => boolean): readonly string[];
  counts(now: number): readonly EndedCount[];
  /** Drops chunks whose time is over, and the oldest ones until they had `most` jobs. Returns how many jobs went. */
  sweep(now: number, most: number): number;
  /** Writes what was erased. Called at the end of every transaction that writes. */
  save(): void;
};

/** What is known of a chunk without reading its jobs. Bounds may be too wide until a change is saved. */
type Chunk = {
  readonly smallest: string;
  readonly largest: string;
  /** When the first and the last of its jobs may go. */
  readonly first: number;
  readonly last: number;
  readonly counts: EndedCount[];
};

const NOTHING = { n: 0, jobs: "\n" };

const TABLE = "CREATE TABLE IF NOT EXISTS longshore_kept(n INTEGER PRIMARY KEY,head,ids,jobs)";
/** The jobs are last, so that SQLite reads only the first pages of a row. */
const HEADS = "SELECT n,head,ids FROM longshore_kept ORDER BY n";

/** `most`: how many characters the jobs of a chunk have, if it is more than one. */
export function openKeptJobs(sql: Sql, most: number): KeptJobs {
  const chunks = new Map<number, Chunk>();
  const index = openIdIndex((n) => chunks.has(n));
  /** The jobs of chunks that have lost some. */
  const unsaved = new Map<number, string>();
  /** The chunk that was read last, because the next id is often in it, too. */
  let read = NOTHING;
  let newest = 0;
  let size = 0;

  /** One job a line: it is found by its id, which is what a line begins with, and nothing else is parsed. */
  const jobsOf = (n: number): string => {
    const changed = unsaved.get(n);
    if (changed !== undefined) return changed;
    if (read.n !== n) {
      const [row] = sql<{ jobs: string }>("SELECT jobs FROM longshore_kept WHERE n=?", n);
      read = { n, jobs: row?.jobs ?? "\n" };
    }
    return read.jobs;
  };
  const rowsOf = (n: number): Row[] =>
    (JSON.parse(`[${jobsOf(n).slice(1, -1).replaceAll("\n", ",")}]`) as never[]).map(unpacked); // as packed
  const find = (id: string): { n: number; jobs: string; from: number; to: number; row: Row } | undefined => {
    const start = `\n[${JSON.stringify(id)},`;
    for (const n of index.chunksOf(id)) {
      const jobs = jobsOf(n);
      const from = jobs.indexOf(start);
      if (from === -1) continue;
      const to = jobs.indexOf("\n", from + 1);
      return { n, jobs, from, to, row: unpacked(JSON.parse(jobs.slice(from + 1, to))) };
    }
    return undefined;
  };
  const drop = (n: number): void => {
    chunks.delete(n);
    unsaved.delete(n);
    sql("DELETE FROM longshore_kept WHERE n=?", n);
  };
  const addChunk = (jobs: readonly PackedJob[]): void => {
    const n = ++newest;
    const rows = jobs.map(({ row }) => row);
    const chunk = chunkOf(rows);
    chunks.set(n, chunk);
    size += jobs.length;
    for (const { id } of rows) index.add(id, n);
    const lines = `\n${jobs.map(({ text }) => text).join("\n")}\n`;
    sql(TABLE);
    sql("INSERT INTO longshore_kept VALUES(?,?,?,?)", n, JSON.stringify(chunk), idsOf(rows), lines);
  };

  return {
    load(some) {
      if (some) sql(TABLE);
      const rows = some ? sql<{ n: number; head: string; ids: string }>(HEADS) : [];
      chunks.clear();
      for (const { n, head } of rows) chunks.set(n, JSON.parse(head));
      newest = rows.at(-1)?.n ?? 0;
      size = 0;
      for (const chunk of chunks.values()) size += sizeOf(chunk);
      index.clear(size);
      for (const { n, ids } of rows) for (const id of JSON.parse(ids) as string[]) index.add(id, n); // as added
      unsaved.clear();
      read = NOTHING;
    },
    size: () => size,
    get: (id) => find(id)?.row,
    erase(id) {
      const found = find(id);
      if (found === undefined) return false;
      const { n, jobs, from, to, row } = found;
      unsaved.set(n, jobs.slice(0, from) + jobs.slice(to));
      index.remove(id, n);
      size--;
      for (const counted of chunks.get(n)?.counts ?? []) {
        if (counted.queue === row.queue && counted.state === row.ended) counted.n--;
      }
      return true;
    },
    add(jobs) {
      let chunk: PackedJob[] = [];
      let characters = 0;
      // Those of one keep go at about the same time.
      for (const job of [...jobs].sort((a, b) => a.row.keep - b.row.keep)) {
        const [before] = chunk;
        if (before !== undefined && (before.row.keep !== job.row.keep || characters + job.text.length > most)) {
          addChunk(chunk);
          chunk = [];
          characters = 0;
        }
        chunk.push(job);
        characters += job.text.length;
      }
      if (chunk.length > 0) addChunk(chunk);
    },
    ids({ cursor, descending, limit }, mayBe, isShown) {
      const isBefore = (a: string, b: string): boolean => (descending ? a > b : a < b);
      const startOf = ({ smallest, largest }: Chunk): string => (descending ? largest : smallest);
      const endOf = ({ smallest, largest }: Chunk): string => (descending ? smallest : largest);
      const isIn = (end: string): boolean => cursor === undefined || isBefore(cursor, end);
      const order = (a: string, b: string): number => (isBefore(a, b) ? -1 : 1);
      const wanted = [...chunks]
        .filter(([, chunk]) => isIn(endOf(chunk)) && chunk.counts.some((counted) => counted.n > 0 && mayBe(counted)))
        .sort(([, a], [, b]) => order(startOf(a), startOf(b)));
      let found: string[] = [];
      for (const [n, chunk] of wanted) {
        const last = found[limit - 1];
        if (last !== undefined && isBefore(last, startOf(chunk))) break;
        const more = rowsOf(n).filter((row) => isIn(row.id) && isShown(row));
        found = [...found, ...more.map(({ id }) => id)].sort(order).slice(0, limit);
      }
      return found;
    },
    counts: (now) =>
      [...chunks].flatMap(([n, { first, last, counts }]) => {
        if (last <= now) return [];
        return first > now ? counts : count(rowsOf(n).filter((row) => stands(row, now)));
      }),
    sweep(now, most) {
      const before = size;
      for (const [n, chunk] of chunks) {
        if (chunk.last > now && before - size >= most) continue;
        size -= sizeOf(chunk);
        drop(n);
      }
      return before - size;
    },
    save() {
      for (const [n, jobs] of unsaved) {
        const rows = rowsOf(n);
        if (rows.length === 0) {
          drop(n);
          continue;
        }
        const chunk = chunkOf(rows);
        chunks.set(n, chunk);
        sql("UPDATE longshore_kept SET head=?,ids=?,jobs=? WHERE n=?", JSON.stringify(chunk), idsOf(rows), jobs, n);
      }
      unsaved.clear();
      read = NOTHING;
    },
  };
}

function chunkOf(rows: readonly Row[]): Chunk {
  const ids = rows.map(({ id }) => id).sort();
  const times = rows.map(({ expires }) => expires ?? 0);
  const [smallest = "", largest = ""] = [ids[0], ids.at(-1)];
  return { smallest, largest, first: Math.min(...times), last: Math.max(...times), counts: count(rows) };
}

function idsOf(rows: readonly Row[]): string {
  return JSON.stringify(rows.map(({ id }) => id));
}

function count(rows: readonly Row[]): EndedCount[] {
  const counts: EndedCount[] = [];
  for (const { queue, ended } of rows) {
    const known = counts.find((one) => one.queue === queue && one.state === ended);
    if (known !== undefined) known.n++;
    else if (ended !== null) counts.push({ queue, state: ended, n: 1 });
  }
  return counts;
}

function sizeOf({ counts }: Chunk): number {
  return counts.reduce((sum, { n }) => sum + n, 0);
}
