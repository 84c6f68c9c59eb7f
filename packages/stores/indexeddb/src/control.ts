import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import { type Ledger, putQueue } from "./ledger.ts";
import { type Row, ended, stateAt } from "./row.ts";
import { QUEUES } from "./tables.ts";

type Verb = (ledger: Ledger, refs: readonly JobRef[]) => Promise<ControlAnswer[]>;

/** `allows`: what an operator does to a row of a given state. Returns false if the state does not allow it. */
function verb(allows: (ledger: Ledger, row: Row, state: JobState) => boolean): Verb {
  return async (ledger, refs) => {
    await ledger.load(refs.map(({ id }) => id));
    return refs.map(({ id }) => {
      const row = ledger.get(id);
      if (row === undefined) return { status: "gone" };
      const state = stateAt(row, ledger.now);
      return allows(ledger, row, state) ? { status: "done" } : { status: "refused", state };
    });
  };
}

export const cancel: Verb = verb((ledger, row) => {
  if (row.ended !== undefined) return false;
  const kept = ended(row, "cancelled", ledger.now);
  if (kept === undefined) ledger.erase(row.id);
  else ledger.put(kept);
  return true;
});

export const replay: Verb = verb((ledger, row, state) => {
  if (state !== "dead" && state !== "cancelled") return false;
  const { now } = ledger;
  const afresh = { attempt: 0, givenBack: false, snoozed: undefined, ended: undefined, result: undefined };
  ledger.put({ ...row, ...afresh, leased: false, bornAt: now, dueAt: now });
  return true;
});

export const runNow: Verb = verb((ledger, row, state) => {
  if (state !== "delayed" && state !== "failed") return false;
  ledger.put({ ...row, dueAt: ledger.now });
  return true;
});

export const remove: Verb = verb((ledger, row, state) => {
  if (state === "active") return false;
  ledger.erase(row.id);
  return true;
});

const paused =
  (paused: boolean) =>
  async (ledger: Ledger, queue: string): Promise<void> =>
    putQueue(ledger.tx.objectStore(QUEUES), { ...(await ledger.queue(queue)), paused });

export const pause: (ledger: Ledger, queue: string) => Promise<void> = paused(true);
export const resume: (ledger: Ledger, queue: string) => Promise<void> = paused(false);
