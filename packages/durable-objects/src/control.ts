import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { stateAt } from "./job.ts";
import type { Held } from "./leases.ts";
import { endRow, wait } from "./settle.ts";
import type { Row } from "./tables.ts";

/** What an operator does to a row, if it is in one of these states. */
type Rule = {
  readonly from: readonly JobState[];
  apply(books: Books, row: Row, lease: Held | undefined, now: number): void;
};

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

const RULES: Readonly<Record<ControlVerb, Rule>> = {
  cancel: {
    from: ["delayed", "enqueued", "active", "stalled", "failed"],
    apply(books, row, lease, now) {
      const { token, attempt } = lease ?? row;
      endRow(books, { ...row, token, attempt, settled: lease === undefined ? row.settled : 0 }, "cancelled", now);
      leave(books, row, lease);
    },
  },
  replay: {
    from: ["dead", "cancelled"],
    apply: (books, row, _lease, now) => wait(books, { ...row, ended: null, expires: null, attempt: 0, born: now }, now),
  },
  runNow: {
    from: ["delayed", "failed"],
    apply(books, row, lease, now) {
      wait(books, row, now);
      leave(books, row, lease);
    },
  },
  remove: {
    from: ["delayed", "enqueued", "stalled", "failed", "completed", "dead", "cancelled"],
    apply(books, row, lease) {
      books.tables.erase(row.id);
      leave(books, row, lease);
    },
  },
};

export function control(books: Books, verb: ControlVerb, refs: readonly JobRef[], now: number): ControlAnswer[] {
  const { from, apply } = RULES[verb];
  return refs.map(({ id }) => {
    const row = books.tables.find(id, now);
    if (row === undefined) return { status: "gone" };
    const lease = books.leases.held.get(id);
    const state = stateAt(row, lease, now);
    if (!from.includes(state)) return { status: "refused", state };
    apply(books, row, lease, now);
    return { status: "done" };
  });
}

/** Out of its line, or out of its worker's hands. */
function leave({ leases, waiting }: Books, row: Row, lease: Held | undefined): void {
  if (lease !== undefined) leases.end(row.id);
  else if (row.waiting === 1) waiting.leave(row);
}
