import { LongshoreError } from "@longshore/core";
import type { Sql } from "./database.ts";
import { KEPT_FORMAT, KEYED_LEDGER_FORMAT, LEDGER_FORMAT } from "./formats.ts";
import { type EndedCount, type IdPage, openKeptJobs } from "./kept-jobs.ts";
import { type Packed, type PackedJob, packed, unpacked } from "./packed-row.ts";
import { type Position, byPriority } from "./position.ts";
import { type Row, stands } from "./row.ts";
import { slotOf } from "./stored-key.ts";

/**
 * The jobs without a row of their own. They live in the ledger, which whatever changes them writes anyway, once for all
 * jobs of a transaction; and once they have ended and there are some of them, in chunks. A job lives in one place. It gets
 * its home when it is written: nothing is moved to make room, so no job costs more than with rows alone.
 */
export type SmallJobs = {
  /** `inLedger`: what `packed` returned. `kept`: how many had ended, wherever they are. */
  load(inLedger: readonly Packed[], kept: number): void;
  /** All that are in the ledger, as JSON. */
  packed(): string;
  /** Whether the ledger must be written. */
  changed: boolean;
  /** How many have ended. */
  kept(): number;
  /** The version of the tables that they need. */
  format(): number;
  /** Also one whose time is over. */
  get(id: string): Row | undefined;
  /** The one that is in a slot of a unique key. */
  inSlot(slot: string): Row | undefined;
  /** All that are in the ledger: whatever has not ended, and some of the others. */
  all(): Iterable<Row>;
  /** Puts the job here, if it may be here; otherwise takes it away. */
  put(row: Row): "added" | "replaced" | "elsewhere";
  /** False if it is not here. */
  erase(id: string): boolean;
  /** Those that wait in the line of a position, from there on, in no order. */
  waitingFrom(position: Position): readonly Row[];
  /** `mayBe`: whether those that ended so may be shown. Only the ids of a page need to be complete. */
  ids(page: IdPage, mayBe: (counted: EndedCount) => boolean, isShown: (row: Row) => boolean): readonly string[];
  /** Of those in chunks. */
  counts(now: number): readonly EndedCount[];
  /** Drops what has ended and whose time is over, and, if there is no room, about `most` others. */
  sweep(now: number, most: number): void;
  /** Before the ledger is written: moves those that have ended, if they are many. */
  save(): void;
};

/** Whoever opens a database decides on its rooms. */
export type OpenSmallJobs = (sql: Sql) => SmallJobs;

/** Larger jobs would make every write of the ledger slow. */
const LARGEST_CHARACTERS = 2_000;
/** A job that is due later would be written again and again for nothing. */
const SOON_MS = 600_000;
/** These are found by SQL. */
const HAS_RELATIONS = /"(?:limits|after|before)":/;

/** Of a database in which each job has a row of its own. Fails with `invalid_option` where an object has put others. */
export const NO_SMALL_JOBS: SmallJobs = {
  load({ length }, kept) {
    if (length > 0 || kept > 0) throw new LongshoreError("invalid_option", MADE_BY_AN_OBJECT);
  },
  packed: () => "[]",
  changed: false,
  kept: () => 0,
  format: () => 0,
  get: () => undefined,
  inSlot: () => undefined,
  all: () => [],
  put: () => "elsewhere",
  erase: () => false,
  waitingFrom: () => [],
  ids: () => [],
  counts: () => [],
  sweep() {},
  save() {},
};

const MADE_BY_AN_OBJECT =
  "These tables have jobs in the ledger or in chunks, which only a Durable Object reads: let it run them, and remove those that are kept, before you open its tables elsewhere.";

export type Room = {
  /** How many characters jobs that have not ended may have in the ledger. */
  readonly open: number;
  /** How many characters ended jobs have in the ledger before they get a chunk. */
  readonly ended: number;
  /** How many characters the jobs of a chunk may have. */
  readonly chunk: number;
  /** How many jobs may be in chunks. */
  readonly kept: number;
};

/** Of the open ones, those that wait have half of the room, so that others can start. */
export function openSmallJobs(room: Room, clock: () => number = Date.now): OpenSmallJobs {
  return (sql) => {
    const jobs = new Map<string, PackedJob>();
    const slots = new Map<string, Row>();
    const kept = openKeptJobs(sql, room.chunk);
    const characters = { open: 0, waiting: 0, ended: 0 };
    let ended = 0;

    const count = ({ row, text: { length } }: PackedJob, by: 1 | -1): void => {
      if (row.ended !== null) {
        ended += by;
        characters.ended += by * length;
        return;
      }
      characters.open += by * length;
      if (row.waiting === 1) characters.waiting += by * length;
    };
    const leave = (id: string): boolean => {
      const job = jobs.get(id);
      if (job === undefined) return false;
      count(job, -1);
      const slot = slotOf(job.row);
      // Whoever has waited behind it may be there already.
      if (slot !== undefined && slots.get(slot) === job.row) slots.delete(slot);
      return jobs.delete(id);
    };
    const erase = (id: string): boolean => {
      if (!leave(id) && !kept.erase(id)) return false;
      small.changed = true;
      return true;
    };
    const add = (row: Row, text: string): void => {
      const job = { row, text };
      jobs.set(row.id, job);
      count(job, 1);
      const slot = slotOf(row);
      if (slot !== undefined) slots.set(slot, row);
    };
    const mayBeHere = (row: Row): boolean =>
      row.ended !== "dead" &&
      row.payload.length < LARGEST_CHARACTERS &&
      // JSON has no such number.
      row.keep < Infinity &&
      row.due <= clock() + SOON_MS &&
      // An ended one whose key is held on leaves its slot when somebody looks: in chunks nobody would find it.
      (row.ended === null || slotOf(row) === undefined) &&
      !HAS_RELATIONS.test(row.about);
    const fits = (row: Row, { length }: string): boolean => {
      if (length > LARGEST_CHARACTERS) return false;
      if (row.ended !== null) return kept.size() < room.kept;
      return (
        characters.open + length <= room.open && (row.waiting === 0 || characters.waiting + length <= room.open / 2)
      );
    };

    const small: SmallJobs = {
      changed: false,
      kept: () => ended + kept.size(),
      format() {
        if (slots.size > 0) return KEYED_LEDGER_FORMAT;
        if (small.kept() > 0) return KEPT_FORMAT;
        return jobs.size > 0 ? LEDGER_FORMAT : 0;
      },
      load(inLedger, some) {
        jobs.clear();
        slots.clear();
        Object.assign(characters, { open: 0, waiting: 0, ended: 0 });
        ended = 0;
        small.changed = false;
        for (const values of inLedger) add(unpacked(values), JSON.stringify(values));
        kept.load(some > 0);
      },
      packed: () => `[${[...jobs.values()].map(({ text }) => text).join()}]`,
      get: (id) => jobs.get(id)?.row ?? kept.get(id),
      inSlot: (slot) => slots.get(slot),
      *all() {
        for (const { row } of jobs.values()) yield row;
      },
      put(row) {
        const was = erase(row.id);
        if (!mayBeHere(row)) return "elsewhere";
        const text = packed(row);
        if (!fits(row, text)) return "elsewhere";
        add(row, text);
        small.changed = true;
        return was ? "replaced" : "added";
      },
      erase,
      waitingFrom: (from) =>
        [...small.all()].filter(
          (row) =>
            row.waiting === 1 &&
            row.queue === from.queue &&
            row.priority === from.priority &&
            byPriority(row, from) >= 0,
        ),
      ids: (page, mayBe, isShown) => [
        ...[...small.all()].filter(isShown).map(({ id }) => id),
        ...kept.ids(page, mayBe, isShown),
      ],
      counts: kept.counts,
      sweep(now, most) {
        for (const row of small.all()) if (row.ended !== null && (most > 0 || !stands(row, now))) erase(row.id);
        if (kept.sweep(now, most) > 0) small.changed = true;
      },
      save() {
        kept.save();
        if (characters.ended <= room.ended) return;
        const now = clock();
        const leaving = [...jobs.values()].filter(({ row }) => row.ended !== null);
        for (const { row } of leaving) leave(row.id);
        kept.add(leaving.filter(({ row }) => stands(row, now)));
      },
    };
    return small;
  };
}
