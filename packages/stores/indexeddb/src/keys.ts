import {
  type EnqueueAnswer,
  type HeldKey,
  type KeyedJob,
  type KeyRef,
  type NewJob,
  type TerminalState,
  decideByKey,
  heldUntil,
  heldKey,
} from "@longshore/core/adapter";
import { refusal } from "./depth.ts";
import { withPatience } from "./expiry.ts";
import { follow } from "./family.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { type Facts, type Row, ended, newFacts, stateAt } from "./row.ts";

/** The unique keys of new jobs. */
export function keysOf(jobs: readonly NewJob[]): string[] {
  return jobs.flatMap(({ unique }) => unique?.key ?? []);
}

/** The enqueue of a job with a unique key. */
export function insertKeyed(ledger: Ledger, job: NewJob, held: HeldKey): EnqueueAnswer {
  const { now } = ledger;
  const [holder, behind] = [ledger.inPlace("holds", held.key), ledger.inPlace("behind", held.key)];
  const decision = decideByKey({ id: job.id, unique: held }, known(holder, now), known(behind, now));
  switch (decision.type) {
    case "answer":
      return decision.answer;
    case "replace":
      replace(ledger, (decision.target === "holder" ? holder : behind) as Row, job); // the target exists
      return decision.answer;
  }
  const full = refusal(ledger, job);
  if (full !== undefined) return full;
  const isFirst = decision.type === "insert";
  ledger.create(job, { held, place: isFirst ? "holds" : "behind" });
  return isFirst ? { status: "created" } : { status: "queued_behind", id: job.id };
}

function known(row: Row | undefined, now: number): KeyedJob | undefined {
  return row?.held && { id: row.id, state: stateAt(row, now), held: row.held };
}

/** A job that waits gets the data of another one. */
function replace(ledger: Ledger, row: Row, job: NewJob): void {
  const { id, partition, seq, token, settledBy, failures, place, n } = row;
  const fresh = newFacts(job, seq, ledger.now, heldKey(job, ledger.now, row.held));
  ledger.wait({ ...fresh, id, partition, token, settledBy, failures, place, n });
}

/** Ended, or undefined if nothing is to be kept. Whoever waits behind it with its key may start. */
export function end(ledger: Ledger, facts: Facts, state: TerminalState): Facts | undefined {
  const { now } = ledger;
  // Behind one that is cancelled, when its worker has surely learned of it.
  const notBefore = state === "cancelled" && facts.leased ? Math.max(now, facts.dueAt) : now;
  if (facts.held === undefined) return ended(facts, state, now, notBefore);
  const holdsOn = facts.place === "holds" && !passOn(ledger, facts.held.key, notBefore) && facts.held.until > now;
  if (holdsOn) return ended(facts, state, now, Math.max(notBefore, facts.held.until));
  return ended({ ...facts, place: undefined }, state, now, notBefore);
}

/** Whoever waits behind the holder of a key has it from now on, and may start, not before an instant. */
export function passOn(ledger: Ledger, key: string, notBefore: number): boolean {
  const next = ledger.inPlace("behind", key);
  if (next?.held === undefined) return false;
  const held = notBefore > ledger.now ? { ...next.held, notBefore } : next.held;
  const freed: Facts = { ...next, held, place: "holds", dueAt: Math.max(next.dueAt, notBefore) };
  ledger.wait(withPatience(freed, ledger.now));
  ledger.wakes = true;
  return true;
}

/** What a replayed job has of its key. Undefined if another one has it. */
export function takeKey(ledger: Ledger, { id, held }: Row): Partial<Pick<Facts, "held" | "place">> | undefined {
  if (held === undefined) return {};
  const holder = ledger.inPlace("holds", held.key);
  if (holder !== undefined && holder.id !== id) return undefined;
  return { held: { ...held, since: ledger.now, until: heldUntil(held, ledger.now) }, place: "holds" };
}

export async function release({ load }: Opening, refs: readonly KeyRef[]): Promise<("released" | "free")[]> {
  const keys = refs.map(({ key }) => key);
  const ledger = await load([], keys);
  const answers = keys.map((key) => {
    const holder = ledger.inPlace("holds", key);
    if (holder === undefined) return "free";
    ledger.set(holder.id, { ...holder, place: undefined });
    passOn(ledger, key, ledger.now);
    return "released";
  });
  await follow(ledger);
  return answers;
}
