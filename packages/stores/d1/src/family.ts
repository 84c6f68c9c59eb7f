import type { After, NewJob } from "@longshore/core/adapter";
import { LINE_OF_PARENTS } from "./tables.ts";

/*
 * The relatives of a job are the sixth value in `about` of its row: so a job without any has no column, no row and no index
 * entry for them, and one that is enqueued with its parents costs no row more. While a child waits, it is in a line of its own,
 * and `waited` has the place of the one parent that it looks at (null: the first). Only the end of that parent writes the
 * child's row, and then any other that is open is the next, by chance: of 10 000 parents, in whatever order they end, some ten.
 */
export type Family = {
  /** With the child's `seq`, because a later job of the same id is no child, and this parent's place among the child's. */
  readonly before?: readonly (readonly [id: string, seq: number, place: number])[];
  readonly after?: {
    readonly ids: readonly string[];
    readonly onFailed: After["onFailed"];
    /** The parent whose end made it dead. */
    readonly buriedBy?: string;
  };
};

/** A job of a call with relatives, with the `seq` that its row will have. */
export type Related = NewJob & { readonly seq: number; readonly family: Family };

export const BEFORE = "'$[5].before'";
export const PARENTS = "'$[5].after.ids'";
export const BURIED_BY = "'$[5].after.buriedBy'";

/** The `seq` that the row had first: when its turn behind the key of its limit comes, it gets another. */
const serialOf = (row: string): string => `coalesce(${row}.about ->> '$[7].serial', ${row}.seq)`;

/** For a FROM clause: the rows `c` of a list of children; `b` is the child in the list. */
export const childrenIn = (before: string): string =>
  `json_each(${before}) AS b CROSS JOIN longshore_jobs AS c ON c.id = b.value ->> 0 AND ${serialOf("c")} = b.value ->> 1`;

/** Whether the row `name` waits for its parents. */
export const waitsForParents = (name: string): string =>
  `(${name}.ended IS NULL AND substr(${name}.queue, -6) = ${LINE_OF_PARENTS})`;

/** Whether the row `p`, which has the id of a parent of the row `c`, is that parent; at a place among several. */
export const isParent = (p: string, place?: string): string =>
  `EXISTS (SELECT 1 FROM json_each(${p}.about, ${BEFORE}) AS x WHERE x.value ->> 0 = c.id AND x.value ->> 1 = ${serialOf("c")}${place === undefined ? "" : ` AND x.value ->> 2 = ${place}`})`;

/** Whether a child of the row `parent` has not ended. */
export const hasOpenChild = (parent: string): string =>
  `EXISTS (SELECT 1 FROM ${childrenIn(`${parent}.about -> ${BEFORE}`)} WHERE c.ended IS NULL)`;

/** A row that has ended and its child has not: this is added to its time in `expires`, beyond any instant. */
export const HOLD = "1000000000000000000";
