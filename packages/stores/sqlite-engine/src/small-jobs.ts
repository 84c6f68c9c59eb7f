import { LongshoreError } from "@longshore/core";
import { JOB } from "./schema.ts";
import type { Row } from "./row.ts";
import { type Position, byPriority } from "./position.ts";

/**
 * The jobs that live in the ledger: they cost no row of their own, because whatever changes them writes the ledger, once
 * for all jobs of a transaction. A job lives either here or in its own row. It gets its home when it is written, and
 * changes it only when it is written again: nothing is moved to make room, so no job costs more than with rows alone.
 */
export type SmallJobs = {
  /** Reads what `packed` returned. */
  load(packed: readonly Packed[]): void;
  /** All of them, as JSON. */
  packed(): string;
  /** Whether the ledger must be written. */
  changed: boolean;
  readonly size: number;
  get(id: string): Row | undefined;
  all(): Iterable<Row>;
  /** Puts the job here, if it may be here; otherwise takes it away. */
  put(row: Row): "added" | "replaced" | "elsewhere";
  /** False if it is not here. */
  erase(id: string): boolean;
  /** Those that wait in the line of a position, from there on, in no order. */
  waitingFrom(position: Position): readonly Row[];
};

/** The columns of a row, in the order of `COLUMNS`. */
type Packed = readonly (string | number | null)[];

const COLUMNS = JOB.filter((column) => column !== "rev") as readonly (keyof Row)[]; // it has no other columns

/** Larger jobs would make every write of the ledger slow. */
const LARGEST_CHARACTERS = 2_000;
/** A job that is due later would be written again and again for nothing. */
const SOON_MS = 600_000;
/** These are found by SQL. */
const HAS_RELATIONS = /"(?:unique|limits|after|before)":/;

/** Of a database in which each job has a row of its own. Fails with `invalid_option` where an object has put others. */
export const NO_SMALL_JOBS: SmallJobs = {
  load({ length }) {
    if (length > 0) throw new LongshoreError("invalid_option", MADE_BY_AN_OBJECT(length));
  },
  packed: () => "[]",
  changed: false,
  size: 0,
  get: () => undefined,
  all: () => [],
  put: () => "elsewhere",
  erase: () => false,
  waitingFrom: () => [],
};

const MADE_BY_AN_OBJECT = (jobs: number): string =>
  `The ledger of these tables has ${jobs} jobs, which only a Durable Object reads: let it run them before you open its tables elsewhere.`;

/** `most`: how many characters they may have; those that wait have half of them, so that others can start. */
export function openSmallJobs(most: number, clock: () => number = Date.now): SmallJobs {
  const jobs = new Map<string, { readonly row: Row; readonly text: string }>();
  let characters = 0;
  let waiting = 0;

  const count = ({ row, text }: { row: Row; text: string }, by: 1 | -1): void => {
    characters += by * text.length;
    if (row.waiting === 1) waiting += by * text.length;
  };
  const erase = (id: string): boolean => {
    const job = jobs.get(id);
    if (job === undefined) return false;
    count(job, -1);
    jobs.delete(id);
    small.changed = true;
    return true;
  };
  const add = (row: Row, text: string): void => {
    const job = { row, text };
    jobs.set(row.id, job);
    count(job, 1);
  };
  const mayBeHere = (row: Row): boolean =>
    row.ended === null &&
    row.payload.length < LARGEST_CHARACTERS &&
    // JSON has no such number.
    row.keep < Infinity &&
    row.due <= clock() + SOON_MS &&
    !HAS_RELATIONS.test(row.about);
  const fits = (row: Row, { length }: string): boolean =>
    length <= LARGEST_CHARACTERS && characters + length <= most && (row.waiting === 0 || waiting + length <= most / 2);

  const small: SmallJobs = {
    changed: false,
    get size() {
      return jobs.size;
    },
    load(packed) {
      jobs.clear();
      characters = waiting = 0;
      small.changed = false;
      for (const values of packed) {
        const row = Object.fromEntries(COLUMNS.map((column, i) => [column, values[i]])) as Row; // as packed
        add(row, JSON.stringify(values));
      }
    },
    packed: () => `[${[...jobs.values()].map(({ text }) => text).join()}]`,
    get: (id) => jobs.get(id)?.row,
    *all() {
      for (const { row } of jobs.values()) yield row;
    },
    put(row) {
      const was = erase(row.id);
      if (!mayBeHere(row)) return "elsewhere";
      const text = JSON.stringify(COLUMNS.map((column) => row[column]));
      if (!fits(row, text)) return "elsewhere";
      add(row, text);
      small.changed = true;
      return was ? "replaced" : "added";
    },
    erase,
    waitingFrom: (from) =>
      [...small.all()].filter(
        (row) =>
          row.waiting === 1 && row.queue === from.queue && row.priority === from.priority && byPriority(row, from) >= 0,
      ),
  };
  return small;
}
