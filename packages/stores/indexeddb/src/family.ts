import {
  type EnqueueAnswer,
  type NewJob,
  type ParentEnd,
  buriedWith,
  recordFailure,
  standIns,
  unknownParent,
} from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { letThrough } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import { type Facts, type FamilyPart, type Parents, type Row, afresh } from "./row.ts";
import { FAMILIES, JOBS } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/** How many jobs an end has freed and buried. */
export type Fates = { freed: number; buried: number };

/** How many jobs may come after one. */
const MOST_CHILDREN = 10_000;

/** Ends every step: who waited for a job that has ended may start, or is dead, and others behind the keys of limits. */
export async function follow(ledger: Ledger): Promise<Fates> {
  const fates: Fates = { freed: 0, buried: 0 };
  // The list grows: a long line of children is no recursion.
  for (const { row, how, notBefore } of ledger.ends) {
    if (row.n !== undefined) {
      for (const id of await childrenOf(ledger, row.n, "waits")) await endFor(ledger, id, row, how, notBefore, fates);
      await letGo(ledger, row.id, row.n);
    }
    for (const parent of await standing(ledger, row.parents)) await letGo(ledger, parent.id, parent.n);
  }
  ledger.ends.length = 0;
  await letThrough(ledger);
  ledger.wakes ||= fates.freed > 0;
  return fates;
}

/** A parent of a job that waits has ended. */
async function endFor(
  ledger: Ledger,
  id: string,
  parent: Facts,
  how: ParentEnd,
  notBefore: number,
  fates: Fates,
): Promise<void> {
  if (how !== "completed") {
    const row = await read(ledger, id);
    if (row?.parents?.onFailed === "dead") {
      bury(ledger, row, parent, how);
      fates.buried++;
      return;
    }
  }
  const open = (await openOf(ledger, id)) - 1;
  ledger.open.set(id, open);
  if (open > 0) return;
  const row = await read(ledger, id);
  if (row === undefined) return;
  free(ledger, row, notBefore);
  fates.freed++;
}

function free(ledger: Ledger, row: Row, notBefore: number): void {
  const parents = row.parents && { ...row.parents, waits: undefined };
  ledger.wait(withPatience({ ...row, parents, dueAt: Math.max(row.dueAt, notBefore) }, ledger.now));
}

/** A job is dead because a parent is. */
function bury(ledger: Ledger, row: Row, parent: Facts, how: Exclude<ParentEnd, "completed">): void {
  const { now } = ledger;
  const failures = recordFailure(row.failures, buriedWith(parent.id, how, row.attempt, now));
  const parents = row.parents && { ...row.parents, waits: undefined, buriedBy: parent.n };
  ledger.set(row.id, { ...row, failures, parents, dueAt: now, ended: { state: "dead", until: now } });
}

/** A parent that has ended stands for as long as one of its children has not. */
async function letGo(ledger: Ledger, id: string, n: number | undefined): Promise<void> {
  const row = await read(ledger, id);
  if (n === undefined || row?.n !== n || !row.needed) return;
  const isOpen = ({ keys: { family = [] } }: Row): boolean =>
    family.some(([parent, part]) => parent === n && part !== "buried");
  const stored = await answerTo(familiesOf(ledger).count(IDBKeyRange.bound([n, "open"], [n, "waits"])));
  if (ledger.countNow(stored, isOpen) > 0) return;
  const isOver = row.ended === undefined || row.ended.until <= ledger.now;
  ledger.set(id, isOver ? undefined : { ...row, needed: undefined });
}

/** The answer to every job of a call with a parent that does not exist, or that has too many children. */
export async function refusedParent(ledger: Ledger, jobs: readonly NewJob[]): Promise<EnqueueAnswer | undefined> {
  const ids = new Set(jobs.map(({ id }) => id));
  for (const job of jobs) {
    if (job.after === undefined || ledger.get(job.id) !== undefined) continue;
    for (const { id } of job.after.jobs) {
      const parent = ledger.get(id);
      if (parent === undefined && !ids.has(id)) return unknownParent(job, id);
      const { n } = parent ?? {};
      if (n === undefined) continue;
      const children = await answerTo(familiesOf(ledger).count(IDBKeyRange.bound([n], [n, []])));
      if (children >= MOST_CHILDREN) return { status: "failed", message: `too many jobs would come after ${id}` };
    }
  }
  return undefined;
}

/** Links the jobs that a call has created with their parents. */
export async function link(ledger: Ledger, jobs: readonly NewJob[], answers: readonly EnqueueAnswer[]): Promise<void> {
  const instead = standIns(jobs, answers);
  const children = jobs.filter(({ after }, i) => after !== undefined && answers[i]?.status === "created");
  for (const { id, after } of children) {
    const rows = after?.jobs.flatMap((ref) => ledger.get(ref.id) ?? ledger.get(instead.get(ref.id) ?? "") ?? []) ?? [];
    const ns = new Map([...new Set(rows)].map((row) => [row.id, numbered(ledger, row)]));
    const row = ledger.get(id);
    if (row?.parents)
      ledger.set(id, { ...row, parents: { ...row.parents, ids: [...ns.keys()], ns: [...ns.values()] } });
  }
  for (const { id } of children) await begin(ledger, id);
}

/** The number of a job that others come after. */
function numbered(ledger: Ledger, row: Row): number {
  const n = row.n ?? ledger.nextSeq();
  if (row.n === undefined) ledger.set(row.id, { ...row, n });
  return n;
}

/** Lets a linked job start, wait, or be dead. */
async function begin(ledger: Ledger, id: string): Promise<void> {
  const row = ledger.get(id);
  if (row === undefined) return;
  const parents = await standing(ledger, row.parents);
  const failed = row.parents?.onFailed === "dead" ? parents.find(hasFailed) : undefined;
  if (failed !== undefined) return bury(ledger, row, failed, failed.ended?.state === "dead" ? "dead" : "cancelled");
  if (!waitFor(ledger, id, parents)) free(ledger, row, row.dueAt);
}

/** Counts the parents for which a job waits, and keeps the others while it needs them. False if it waits for none. */
function waitFor(ledger: Ledger, id: string, parents: readonly Row[]): boolean {
  for (const row of parents) if (row.ended && row.ended.state !== "dead") ledger.set(row.id, { ...row, needed: true });
  const open = parents.filter((row) => row.ended === undefined).length;
  if (open > 0) ledger.open.set(id, open);
  return open > 0;
}

/** A job that is replayed waits for its parents again, and its children that were dead with it wait for it. */
export async function revive(ledger: Ledger, first: Facts): Promise<void> {
  const lives = [first];
  for (const facts of lives) {
    const parents = await standing(ledger, facts.parents);
    const waits = waitFor(ledger, facts.id, parents) ? (true as const) : undefined;
    const again = facts.parents && { ...facts.parents, waits, buriedBy: undefined };
    ledger.wait(withPatience({ ...facts, parents: again }, ledger.now));
    if (facts.n === undefined) continue;
    for (const id of await childrenOf(ledger, facts.n, "waits")) ledger.open.set(id, (await openOf(ledger, id)) + 1);
    for (const id of await childrenOf(ledger, facts.n, "buried")) {
      const child = await read(ledger, id);
      const other = (await standing(ledger, child?.parents)).find(hasFailed);
      if (child === undefined) continue;
      if (other === undefined) lives.push(afresh(child, ledger.now));
      else ledger.set(id, { ...child, parents: child.parents && { ...child.parents, buriedBy: other.n } });
    }
  }
}

function hasFailed({ ended }: Row): boolean {
  return ended?.state === "dead" || ended?.state === "cancelled";
}

/** The parents that stand. A later job with the id of one is none. */
async function standing(ledger: Ledger, parents: Parents | undefined): Promise<readonly Row[]> {
  if (parents === undefined) return [];
  const rows = await Promise.all(parents.ids.map((id) => read(ledger, id)));
  return rows.flatMap((row, i) => (row !== undefined && row.n === parents.ns[i] ? row : []));
}

/** The ids of the jobs that come after one. */
async function childrenOf(ledger: Ledger, n: number, part: FamilyPart): Promise<readonly string[]> {
  const stored = await answerTo(familiesOf(ledger).getAllKeys([n, part]));
  const isIn = ({ id, keys: { family = [] } }: Row): boolean =>
    ledger.isChanged(id) && family.some(([parent, at]) => parent === n && at === part);
  const unchanged = (stored as string[]).filter((id) => !ledger.isChanged(id)); // the keys of this object store
  return [
    ...unchanged,
    ...ledger
      .known()
      .filter(isIn)
      .map(({ id }) => id),
  ];
}

function familiesOf({ tx }: Ledger): IDBIndex {
  return tx.objectStore(JOBS).index("family");
}

async function read(ledger: Ledger, id: string): Promise<Row | undefined> {
  if (!ledger.isKnown(id)) ledger.adopt(id, await answerTo<Row | undefined>(ledger.tx.objectStore(JOBS).get(id)));
  return ledger.get(id);
}

/** How many parents of a job that waits have not ended. */
async function openOf({ open, tx }: Ledger, id: string): Promise<number> {
  return open.get(id) ?? (await answerTo<number | undefined>(tx.objectStore(FAMILIES).get(id))) ?? 0;
}
