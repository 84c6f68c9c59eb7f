import type { Row } from "./row.ts";
import { JOB } from "./schema.ts";

/** The columns of a row, in the order of `COLUMNS`. */
export type Packed = readonly (string | number | null)[];

/** A job without a row of its own, with its text. */
export type PackedJob = { readonly row: Row; readonly text: string };

const COLUMNS = JOB.filter((column) => column !== "rev") as readonly (keyof Row)[]; // it has no other columns

/** As JSON, which begins with the id. It has no line breaks. */
export function packed(row: Row): string {
  return JSON.stringify(COLUMNS.map((column) => row[column]));
}

export function unpacked(values: Packed): Row {
  return Object.fromEntries(COLUMNS.map((column, i) => [column, values[i]])) as Row; // as packed
}
