import {
  type After,
  type EnqueueAnswer,
  type NewJob,
  type ParentEnd,
  buriedWith,
  recordFailure,
  unknownParent,
} from "@longshore/core/adapter";

import { NO_HISTORY, type Row } from "./row.ts";

/** What a family does to the structures of the table. */
export type FamilyMoves = {
  /** A row that waited for its parents may start, not before an instant. */
  free(row: Row, now: number, notBefore: number): void;
  /** A row that waited is dead. */
  bury(row: Row, now: number): void;
  /** A dead row begins again. */
  revive(row: Row, now: number): void;
  /** Children need a row that has ended, and then none does any more. */
  hold(row: Row): void;
  letGo(row: Row, now: number): void;
};

/** Who comes after whom. Every move costs time for the rows that it is about. */
export type Family = {
  /** How many rows the ends since these were last set to 0 have freed and buried. */
  readonly fates: { freed: number; buried: number };
  /** Links a new row with its parents, which stand. */
  link(row: Row, parents: readonly Row[], onFailed: After["onFailed"], now: number): void;
  /** Lets a linked row start, wait, or be dead. */
  begin(row: Row, now: number): void;
  /** A row has ended: for its children, and for its parents. Its worker may not know of it before an instant. */
  ended(row: Row, how: ParentEnd, now: number, notBefore: number): void;
  /** A row is removed. */
  left(row: Row): void;
  /** A row begins again, and so do those that were dead with it. */
  revive(row: Row, now: number): void;
};

export function hasFamily({ parents, children }: Row): boolean {
  return parents !== undefined || children !== undefined;
}

export function createFamily({ free, bury, revive, hold, letGo }: FamilyMoves): Family {
  const fates = { freed: 0, buried: 0 };

  /** A row has ended, or begins again. */
  const count = (row: Row, by: 1 | -1, now: number): void => {
    for (const parent of row.parents?.rows ?? []) {
      if (parent.children === undefined) continue;
      parent.children.open += by;
      if (parent.children.open > 0) hold(parent);
      else letGo(parent, now);
    }
  };
  const endForChildren = (first: Row, firstHow: ParentEnd, now: number, notBefore: number): void => {
    const ends: { readonly row: Row; readonly how: ParentEnd }[] = [{ row: first, how: firstHow }];
    // The list grows: a long line of children is no recursion.
    for (const { row, how } of ends) {
      for (const child of row.children?.rows ?? []) {
        const { parents } = child;
        if (parents === undefined) continue;
        parents.open--;
        if (!parents.waits) continue;
        if (how !== "completed" && parents.onFailed === "dead") {
          die(child, row, how, now);
          ends.push({ row: child, how: "dead" });
        } else if (parents.open === 0) {
          parents.waits = false;
          fates.freed++;
          free(child, now, notBefore);
        }
      }
    }
  };
  const die = (row: Row, parent: Row, how: Exclude<ParentEnd, "completed">, now: number): void => {
    const { settledBy, failures } = row.history ?? NO_HISTORY;
    const failure = buriedWith(parent.job.id, how, row.attempt, now);
    row.history = { settledBy, failures: recordFailure(failures, failure), ended: { state: "dead", at: now } };
    if (row.parents !== undefined) Object.assign(row.parents, { buriedBy: parent, waits: false });
    fates.buried++;
    bury(row, now);
    count(row, -1, now);
  };

  return {
    fates,
    link(row, parents, onFailed, now) {
      const open = parents.filter(({ history }) => history?.ended === undefined).length;
      row.parents = { rows: parents, onFailed, waits: true, open, buriedBy: undefined };
      for (const parent of parents) {
        parent.children ??= { rows: new Set(), open: 0 };
        parent.children.rows.add(row);
      }
      count(row, 1, now);
    },
    begin(row, now) {
      const { parents } = row;
      if (!parents?.waits) return;
      const failed = parents.onFailed === "dead" ? failedParent(row) : undefined;
      if (failed !== undefined) {
        die(row, failed.row, failed.how, now);
        endForChildren(row, "dead", now, now);
      } else if (parents.open === 0) {
        parents.waits = false;
        free(row, now, row.key);
      }
    },
    ended(row, how, now, notBefore) {
      if (row.parents !== undefined) row.parents.waits = false;
      count(row, -1, now);
      endForChildren(row, how, now, notBefore);
    },
    left(row) {
      for (const parent of row.parents?.rows ?? []) parent.children?.rows.delete(row);
    },
    revive(first, now) {
      const lives = [first];
      for (const row of lives) {
        if (row.parents !== undefined) Object.assign(row.parents, { buriedBy: undefined, waits: row.parents.open > 0 });
        revive(row, now);
        count(row, 1, now);
        for (const child of row.children?.rows ?? []) {
          const { parents } = child;
          if (parents === undefined) continue;
          parents.open++;
          if (parents.buriedBy !== row || child.history?.ended === undefined) continue;
          const other = failedParent(child);
          if (other === undefined) lives.push(child);
          else parents.buriedBy = other.row;
        }
      }
    },
  };
}

/** The first parent that stands and has failed. */
function failedParent({ parents }: Row): { readonly row: Row; readonly how: "dead" | "cancelled" } | undefined {
  for (const row of parents?.rows ?? []) {
    const how = row.history?.ended?.state;
    if (row.location !== "gone" && how !== undefined && how !== "completed") return { row, how };
  }
  return undefined;
}

/** The answer to every job of a call that names a parent which does not exist. */
export function refusal(rows: ReadonlyMap<string, Row>, jobs: readonly NewJob[]): EnqueueAnswer | undefined {
  const ids = new Set(jobs.map(({ id }) => id));
  for (const job of jobs) {
    if (job.after === undefined || rows.has(job.id)) continue;
    const unknown = job.after.jobs.find(({ id }) => !rows.has(id) && !ids.has(id));
    if (unknown !== undefined) return unknownParent(job, unknown.id);
  }
  return undefined;
}
