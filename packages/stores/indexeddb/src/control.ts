import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import { end, passOn, takeKey } from "./keys.ts";
import { follow, revive } from "./family.ts";
import { type Ledger, type Opening, putQueue, queueOf } from "./ledger.ts";
import { withPatience } from "./expiry.ts";
import { type Row, afresh, stateAt } from "./row.ts";
import { QUEUES } from "./tables.ts";
import type { QueueRow } from "./view.ts";

type Verb = (opening: Opening, refs: readonly JobRef[]) => Promise<ControlAnswer[]>;

/** `allows`: what an operator does to a row of a given state. Returns false if the state does not allow it. */
function verb(allows: (ledger: Ledger, row: Row, state: JobState) => boolean | Promise<boolean>): Verb {
  return async (opening, refs) => {
    const ledger = await opening.load(refs.map(({ id }) => id));
    const answers: ControlAnswer[] = [];
    for (const { id } of refs) {
      const row = ledger.get(id);
      if (row === undefined) {
        answers.push({ status: "gone" });
        continue;
      }
      const state = stateAt(row, ledger.now);
      answers.push((await allows(ledger, row, state)) ? { status: "done" } : { status: "refused", state });
      await follow(ledger);
    }
    return answers;
  };
}

export const cancel: Verb = verb((ledger, row) => {
  if (row.ended !== undefined) return false;
  ledger.set(row.id, end(ledger, row, "cancelled"));
  return true;
});

export const replay: Verb = verb(async (ledger, row, state) => {
  if (state !== "dead" && state !== "cancelled") return false;
  const key = takeKey(ledger, row);
  if (key === undefined) return false;
  await revive(ledger, { ...afresh(row, ledger.now), ...key });
  return true;
});

export const runNow: Verb = verb((ledger, row, state) => {
  if (state !== "delayed" && state !== "failed") return false;
  ledger.wait(withPatience({ ...row, dueAt: ledger.now }, ledger.now));
  return true;
});

export const remove: Verb = verb((ledger, row, state) => {
  if (state === "active") return false;
  ledger.set(row.id, undefined);
  if (row.held !== undefined && row.place === "holds") passOn(ledger, row.held.key, ledger.now);
  return true;
});

async function changeQueue(
  { tx, load }: Opening,
  queue: string,
  changes: (row: QueueRow, now: number) => Partial<QueueRow>,
): Promise<void> {
  const ledger = await load([]);
  const row = queueOf(ledger, queue);
  putQueue(tx.objectStore(QUEUES), { ...row, ...changes(row, ledger.now) }, ledger.now);
}

export const pause = (opening: Opening, queue: string): Promise<void> =>
  changeQueue(opening, queue, () => ({ paused: true }));
export const resume = (opening: Opening, queue: string): Promise<void> =>
  changeQueue(opening, queue, () => ({ paused: false, pausedUntil: undefined }));
export const pauseFor = (opening: Opening, queue: string, forMs: number): Promise<void> =>
  changeQueue(opening, queue, ({ pausedUntil = 0 }, now) => ({ pausedUntil: Math.max(pausedUntil, now + forMs) }));
