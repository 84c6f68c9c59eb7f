import type { TerminalState } from "@longshore/core/adapter";
import type { Sql, SqlHome } from "./schema.ts";

/** A job as it is stored. What a lease changes is in the lease alone until it ends. */
export type Row = {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  /** 1: in the index of waiting jobs, though a lease may hold it. */
  readonly waiting: number;
  /** From when a claim may take it; when it ended once terminal. */
  readonly due: number;
  /** The order of enqueue, for jobs that are due alike. */
  readonly seq: number;
  readonly ended: TerminalState | null;
  /** From when a completed or cancelled row is as good as gone. */
  readonly expires: number | null;
  readonly attempt: number;
  /** Tokens up to this one belong to an earlier row of this id. */
  readonly fence: number;
  /** Of the newest lease that ended; 0 before. */
  readonly token: number;
  /** 1: its worker settled that lease; 0: an operator ended it. */
  readonly settled: number;
  readonly born: number;
  readonly keep: number;
  readonly partition: string | null;
  readonly name: string;
  readonly headers: string;
  readonly failures: string | null;
  readonly result: string | null;
  readonly payload: string;
};

export type TableName = "jobs" | "leases" | "schedules" | "meta";

/** One row that a call wrote: present in that version, or (undefined) deleted. */
export type Write = { readonly table: TableName; readonly id: string | number; readonly rev: number | undefined };

export type Tables = {
  readonly sql: Sql;
  /** The row of an id, unless its time is over. */
  find(id: string, now: number): Row | undefined;
  insert(row: Row): void;
  save(row: Row): void;
  erase(id: string): void;
  /** Notes that a row is about to be written, and answers its `rev`. */
  stamp(table: TableName, id: string | number): number;
  nextSeq(): number;
  lastWrite: Write | undefined;
  /** False once the last write was rolled back, alone or with the transaction around it. */
  stands(): boolean;
};

const CONSTANT = "id queue priority seq fence keep partition name headers payload".split(" ") as (keyof Row)[]; // of a row
const CHANGING = "waiting due ended expires attempt token settled born failures result".split(" ") as (keyof Row)[]; // too
const ALL = [...CONSTANT, ...CHANGING];
const INSERT = `INSERT OR REPLACE INTO longshore_jobs (rev,${ALL}) VALUES (?${",?".repeat(ALL.length)})`;
const SAVE = `UPDATE longshore_jobs SET rev=?,${CHANGING.join("=?,")}=? WHERE id=?`;

export function openTables(storage: SqlHome): Tables {
  let newest = 0;
  const next = (): number => (newest = Math.max(newest + 1, Date.now() * 1_000));
  const sql: Sql = (query, ...values) => storage.sql.exec<never>(query, ...values).toArray();

  const tables: Tables = {
    sql,
    lastWrite: undefined,
    find(id, now) {
      const [row] = sql<Row>("SELECT * FROM longshore_jobs WHERE id=?", id);
      return row === undefined || (row.expires ?? Infinity) <= now ? undefined : row;
    },
    insert: (row) => void sql(INSERT, tables.stamp("jobs", row.id), ...ALL.map((name) => row[name])),
    save: (row) => void sql(SAVE, tables.stamp("jobs", row.id), ...CHANGING.map((name) => row[name]), row.id),
    erase(id) {
      sql("DELETE FROM longshore_jobs WHERE id=?", id);
      tables.lastWrite = { table: "jobs", id, rev: undefined };
    },
    stamp(table, id) {
      const rev = next();
      tables.lastWrite = { table, id, rev };
      return rev;
    },
    // By the real clock, which another life of this object goes on with although nobody stored the last number.
    nextSeq: next,
    stands() {
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
