import type { Database, Sql, SqlValue } from "./database.ts";
import { type Row, stands } from "./row.ts";
import { JOB, standsAt } from "./schema.ts";
import type { OpenSmallJobs, SmallJobs } from "./small-jobs.ts";

type TableName = "jobs" | "meta";

/** One row that a call wrote: present in this version, or deleted (undefined). */
type Write = { readonly table: TableName; readonly id: string; readonly rev: number | undefined };

export type Tables = {
  readonly sql: Sql;
  /** The jobs without a row of their own. */
  readonly small: SmallJobs;
  /** The row of an id, unless it has expired. */
  find(id: string, now: number): Row | undefined;
  /** Those of these ids that may have a row, be it one that has expired. */
  known(ids: readonly string[]): ReadonlySet<string>;
  /** Writes the whole row, which costs no more than changing a part. */
  put(row: Row): void;
  /** Writes new rows, of jobs that have not begun. `known`: the ids that may have an expired one. */
  insert(rows: readonly Row[], known: ReadonlySet<string>): void;
  /** Gives these jobs rows of their own, so that SQL finds them. */
  putApart(ids: readonly string[]): void;
  erase(id: string): void;
  eraseAll(ids: readonly string[]): void;
  /** Stores a value besides the jobs, as JSON. */
  setMeta(id: string, value: unknown): void;
  /** Stores a value that is JSON already. */
  setMetaText(id: string, text: string): void;
  getMeta<T>(id: string): T | undefined;
  deleteMeta(id: string): void;
  /** All stored values whose id has this prefix, which is cut off. */
  metaIn<T>(prefix: string): readonly { readonly id: string; readonly value: T }[];
  /** All stored values from this id on. */
  metaFrom<T>(from: string): readonly { readonly id: string; readonly value: T }[];
  /** A number larger than any before in this database. */
  next(): number;
  /** The number that `next` gave last. */
  newest(): number;
  /** Numbers from now on are larger than this one. */
  continueAfter(number: number): void;
  lastWrite: Write | undefined;
  /** False if the last write was rolled back, alone or with the transaction around it. */
  lastWriteStands(): boolean;
};

/** In characters. A row has at most 2 MB, and stored values are ASCII; nearly all of them are one piece. */
const PIECE = 1_500_000;

/** How many numbers `next` may give in a millisecond before they run ahead of the clock. */
export const NUMBERS_PER_MS = 1_000;

/** The id of a piece. Every piece but the last is full, so leftover pieces of an earlier value are never read. */
function pieceOf(id: string, piece: number): string {
  return piece === 0 ? id : `${id}+${piece}`;
}

const FIND = `SELECT * FROM longshore_jobs WHERE id=? AND ${standsAt("?")}`;
const ERASE = "DELETE FROM longshore_jobs WHERE id=?";
const KNOWN = "SELECT j.id FROM json_each(?) CROSS JOIN longshore_jobs j ON j.id=value";
const PUT = `INSERT OR REPLACE INTO longshore_jobs VALUES(?${",?".repeat(JOB.length - 1)})`;
/** A Durable Object binds at most 100 values, and a new row has 12. More in a statement gain little. */
export const TOGETHER = 8;
/** Of a new row; what it has not is null. */
export const COLUMNS = "longshore_jobs(rev,id,queue,priority,waiting,due,seq,attempt,token,born,keep,about,payload)";
export const VALUES = "?,?,?,?,?,?,?,0,?,?,?,?,?";
/**
 * By how many rows they insert. `FAIL`: otherwise SQLite copies each page before it changes
 * it, so that it could take back the statement alone, at twice the price. An error takes back the whole transaction anyway.
 */
const INSERTS: readonly string[] = Array.from(
  { length: TOGETHER + 1 },
  (_, rows) => `INSERT OR FAIL INTO ${COLUMNS}VALUES${Array(rows).fill(`(${VALUES})`).join()}`,
);

const ERASES: readonly string[] = Array.from(
  { length: TOGETHER + 1 },
  (_, rows) => `DELETE FROM longshore_jobs WHERE id IN(${Array(rows).fill("?").join()})`,
);

/** Those of `VALUES`, row by row. */
export function valuesOf(rows: readonly Row[]): SqlValue[] {
  const values: SqlValue[] = [];
  for (const { id, queue, priority, waiting, due, seq, token, born, keep, about, payload } of rows) {
    // No other write has its `seq` for a `rev`.
    values.push(seq, id, queue, priority, waiting, due, seq, token, born, keep, about, payload);
  }
  return values;
}

export function openTables({ sql, shared }: Pick<Database, "sql" | "shared">, openSmall: OpenSmallJobs): Tables {
  const small = openSmall(sql);
  let newest = 0;
  const wrote = (table: TableName, id: string, rev: number | undefined): void => {
    tables.lastWrite = { table, id, rev };
  };

  const putRow = (row: Row): void => {
    const { id, queue, priority, waiting, due, seq, ended, expires, attempt, token } = row;
    const { born, keep, about, snoozed, failures, result, payload } = row;
    const rev = tables.next();
    // In the order of `JOB`.
    const all = [rev, id, queue, priority, waiting, due, seq, ended, expires, attempt, token, born, keep, about];
    sql(PUT, ...all, snoozed, failures, result, payload);
    wrote("jobs", row.id, newest);
  };

  const isSmall = (row: Row): boolean => {
    const home = small.put(row);
    // Its row, or that of an earlier job of this id, which has expired: nobody may find it, nor sweep its id.
    if (home === "added") sql(ERASE, row.id);
    return home !== "elsewhere";
  };

  const tables: Tables = {
    sql,
    small,
    lastWrite: undefined,
    find(id, now) {
      const row = small.get(id);
      if (row === undefined) return sql<Row>(FIND, id, now)[0];
      return stands(row, now) ? row : undefined;
    },
    known(ids) {
      // Of one, `find` tells as well.
      if (ids.length === 1) return new Set(ids);
      const apart = sql<Pick<Row, "id">>(KNOWN, JSON.stringify(ids)).map(({ id }) => id);
      return new Set([...apart, ...ids.filter((id) => small.get(id) !== undefined)]);
    },
    put(row) {
      if (!isSmall(row)) putRow(row);
    },
    insert(rows, known) {
      const [first] = rows;
      if (first !== undefined && rows.length === 1) return tables.put(first);
      const apart = rows.filter((row) => !isSmall(row));
      for (const { id } of apart) if (known.has(id)) sql(ERASE, id);
      for (let from = 0; from < apart.length; from += TOGETHER) {
        const some = apart.slice(from, from + TOGETHER);
        sql(INSERTS[some.length] ?? "", ...valuesOf(some));
      }
      const last = apart.at(-1);
      if (last !== undefined) wrote("jobs", last.id, last.seq);
    },
    putApart(ids) {
      for (const id of ids) {
        const row = small.get(id);
        if (row === undefined) continue;
        small.erase(id);
        putRow(row);
      }
    },
    erase: (id) => tables.eraseAll([id]),
    eraseAll(ids) {
      const apart = ids.filter((id) => !small.erase(id));
      // A list costs a row read for each of its ids, for which an object pays.
      const most = shared ? TOGETHER : 1;
      for (let from = 0; from < apart.length; from += most) {
        const some = apart.slice(from, from + most);
        sql(some.length === 1 ? ERASE : (ERASES[some.length] ?? ""), ...some);
      }
      const last = apart.at(-1);
      if (last !== undefined) wrote("jobs", last, undefined);
    },
    setMeta: (id, value) => tables.setMetaText(id, JSON.stringify(value)),
    setMetaText(id, text) {
      const rev = tables.next();
      let piece = 0;
      do {
        sql(
          "INSERT OR REPLACE INTO longshore_meta VALUES(?,?,?)",
          pieceOf(id, piece),
          rev,
          text.slice(piece * PIECE, (piece + 1) * PIECE),
        );
      } while (++piece * PIECE <= text.length);
      wrote("meta", id, rev);
    },
    getMeta(id) {
      let text = "";
      for (let piece = 0; text.length === piece * PIECE; piece++) {
        const [row] = sql<{ value: string }>("SELECT value FROM longshore_meta WHERE id=?", pieceOf(id, piece));
        if (row === undefined) return undefined;
        text += row.value;
      }
      return JSON.parse(text);
    },
    metaFrom(from) {
      const rows = sql<{ id: string; value: string }>(
        "SELECT id,value FROM longshore_meta WHERE id>=? ORDER BY id",
        from,
      );
      return rows.map(({ id, value }) => ({ id, value: JSON.parse(value) }));
    },
    deleteMeta(id) {
      sql("DELETE FROM longshore_meta WHERE id=?", id);
      wrote("meta", id, undefined);
    },
    metaIn(prefix) {
      const rows = sql<{ id: string; value: string }>(
        "SELECT id,value FROM longshore_meta WHERE id>? AND id<?",
        prefix,
        `${prefix}\uffff`,
      );
      return rows.map(({ id, value }) => ({ id: id.slice(prefix.length), value: JSON.parse(value) }));
    },
    // Uses the real clock, so that numbers grow across the object's lives although the last one is not stored.
    next: () => (newest = Math.max(newest + 1, Date.now() * NUMBERS_PER_MS)),
    newest: () => newest,
    continueAfter(number) {
      newest = Math.max(newest, number);
    },
    lastWriteStands() {
      if (tables.lastWrite === undefined) return true;
      const { table, id, rev } = tables.lastWrite;
      try {
        return sql<{ rev: number }>(`SELECT rev FROM longshore_${table} WHERE id=?`, id)[0]?.rev === rev;
      } catch {
        return false; // The table itself is gone.
      }
    },
  };
  return tables;
}
