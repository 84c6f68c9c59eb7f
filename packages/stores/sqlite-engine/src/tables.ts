import type { TerminalState } from "@longshore/core/adapter";
import type { Database, Sql } from "./database.ts";
import { JOB, standsAt } from "./schema.ts";

/** A job as stored. What a claim changes is only in its lease until the lease ends. */
export type Row = {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  /** 1: the row is in the index of waiting jobs, even if a lease holds it. */
  readonly waiting: number;
  /** When a claim may take it; for an ended job, when it ended. */
  readonly due: number;
  /** The order of enqueue, for jobs with the same due time. */
  readonly seq: number;
  readonly ended: TerminalState | null;
  /** When a completed or cancelled row counts as gone. */
  readonly expires: number | null;
  readonly attempt: number;
  /**
   * The token of the newest lease that ended, negative if an operator ended it. A new row has a negative token, half a
   * token above all earlier ones, so that no lease of an earlier row with this id counts for it.
   */
  readonly token: number;
  readonly born: number;
  readonly keep: number;
  /** Name, headers and partition, and what is kept of a unique key, as JSON. */
  readonly about: string;
  /** Why the job was last given back, and since when for this reason, as JSON; `null` inside if no reason was given. */
  readonly snoozed: string | null;
  readonly failures: string | null;
  readonly result: string | null;
  readonly payload: string;
};

/** What a claim reads of a waiting job. */
export type WaitingRow = Omit<Row, "waiting" | "ended" | "expires" | "token" | "failures" | "result">;

type TableName = "jobs" | "meta";

/** One row that a call wrote: present in this version, or deleted (undefined). */
type Write = { readonly table: TableName; readonly id: string; readonly rev: number | undefined };

export type Tables = {
  readonly sql: Sql;
  /** The row of an id, unless it has expired. */
  find(id: string, now: number): Row | undefined;
  /** Writes the whole row, which costs no more than changing a part. */
  put(row: Row): void;
  erase(id: string): void;
  /** Stores a value besides the jobs, as JSON. */
  setMeta(id: string, value: unknown): void;
  getMeta<T>(id: string): T | undefined;
  deleteMeta(id: string): void;
  /** All stored values whose id has this prefix, which is cut off. */
  metaIn<T>(prefix: string): readonly { readonly id: string; readonly value: T }[];
  /** All stored values from this id on. */
  metaFrom<T>(from: string): readonly { readonly id: string; readonly value: T }[];
  /** A number larger than any before in this database. */
  next(): number;
  /** The number that `next` gave last. */
  readonly newest: number;
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
const PUT = `INSERT OR REPLACE INTO longshore_jobs VALUES(?${",?".repeat(JOB.length - 1)})`;

export function openTables({ sql }: Pick<Database, "sql">): Tables {
  let newest = 0;
  const wrote = (table: TableName, id: string, rev: number | undefined): void => {
    tables.lastWrite = { table, id, rev };
  };

  const tables: Tables = {
    sql,
    lastWrite: undefined,
    find: (id, now) => sql<Row>(FIND, id, now)[0],
    put(row) {
      const { id, queue, priority, waiting, due, seq, ended, expires, attempt, token } = row;
      const { born, keep, about, snoozed, failures, result, payload } = row;
      const rev = tables.next();
      // In the order of `JOB`.
      const all = [rev, id, queue, priority, waiting, due, seq, ended, expires, attempt, token, born, keep, about];
      sql(PUT, ...all, snoozed, failures, result, payload);
      wrote("jobs", row.id, newest);
    },
    erase(id) {
      sql("DELETE FROM longshore_jobs WHERE id=?", id);
      wrote("jobs", id, undefined);
    },
    setMeta(id, value) {
      const text = JSON.stringify(value);
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
    get newest() {
      return newest;
    },
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
