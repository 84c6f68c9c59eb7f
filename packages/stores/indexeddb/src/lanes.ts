import type { Limits } from "@longshore/core/adapter";
import type { Lane, Ledger } from "./ledger.ts";
import { freeAt } from "./rates.ts";
import type { LaneKey, Row } from "./row.ts";
import { JOBS, within } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/** How many of those that wait are read at a time: each may have a payload of a megabyte. */
const PAGE = 8;

/** Reads lanes, all together. */
export function readLanes(ledger: Ledger, keys: Iterable<string>): Promise<readonly Lane[]> {
  return Promise.all([...keys].map((key) => laneOf(ledger, key)));
}

function laneOf(ledger: Ledger, key: string): Promise<Lane> {
  const known = ledger.lanes.get(key);
  if (known !== undefined) return known;
  const read = readLane(ledger, key);
  ledger.lanes.set(key, read);
  return read;
}

async function readLane(ledger: Ledger, key: string): Promise<Lane> {
  const lanes = lanesOf(ledger);
  const [runs, ready, after] = await Promise.all([
    answerTo(lanes.count(within([key, "runs"]))),
    answerTo<Row[]>(lanes.getAll(within([key, "ready"]))),
    readParked(ledger, key, [key, "parked"]),
  ]);
  for (const row of ready) ledger.adopt(row.id, row);
  return { runs, after };
}

/** Reads more of those that wait behind a key. Returns where the next ones begin. */
async function readParked(ledger: Ledger, key: string, after: IDBValidKey): Promise<IDBValidKey | undefined> {
  const { upper } = within([key, "parked"]);
  const page = await answerTo<Row[]>(lanesOf(ledger).getAll(IDBKeyRange.bound(after, upper, true), PAGE));
  for (const row of page) ledger.adopt(row.id, row);
  return page.length < PAGE ? undefined : keyOf(page.at(-1));
}

function lanesOf({ tx }: Ledger): IDBIndex {
  return tx.objectStore(JOBS).index("lane");
}

function keyOf(row: Row | undefined): IDBValidKey {
  return [...(row?.keys.lane ?? [])];
}

function rowsIn(ledger: Ledger, key: string, turn: LaneKey[1]): readonly Row[] {
  return ledger.known().filter(isIn(key, turn));
}

function isIn(key: string, turn: LaneKey[1]): (row: Row) => boolean {
  return ({ keys: { lane } }) => lane !== undefined && lane[0] === key && lane[1] === turn;
}

/** Ends every step: behind each key that has changed, the first job may start if there is a place and none is ready. */
export async function letThrough(ledger: Ledger): Promise<void> {
  const { changedLanes } = ledger;
  if (changedLanes.size === 0) return;
  const keys = [...changedLanes];
  await readLanes(ledger, keys);
  for (const key of keys) await letOneThrough(ledger, key);
  changedLanes.clear();
}

async function letOneThrough(ledger: Ledger, key: string): Promise<void> {
  if (rowsIn(ledger, key, "ready").length > 0) return;
  const first = await firstParked(ledger, key);
  if (first?.limits === undefined || !(await hasPlace(ledger, first.limits))) return;
  const dueAt = Math.ceil(await freeAt(ledger, first.limits));
  ledger.set(first.id, { ...first, turn: "ready", dueAt, seq: ledger.nextSeq() });
  ledger.wakes = true;
}

async function firstParked(ledger: Ledger, key: string): Promise<Row | undefined> {
  const lane = await laneOf(ledger, key);
  const isBefore = (row: Row, key: IDBValidKey): boolean => globalThis.indexedDB.cmp(keyOf(row), key) < 0;
  for (;;) {
    const [first, ...others] = rowsIn(ledger, key, "parked");
    const found = first && others.reduce((least, row) => (isBefore(row, keyOf(least)) ? row : least), first);
    if (lane.after === undefined) return found;
    // Those that were not read yet come behind it.
    if (found !== undefined && isBefore(found, lane.after)) return found;
    lane.after = await readParked(ledger, key, lane.after);
  }
}

/** Whether fewer jobs run than its limit. */
async function hasPlace(ledger: Ledger, { key, running = Infinity }: Limits): Promise<boolean> {
  if (key === undefined) return true;
  const { runs } = await laneOf(ledger, key);
  return ledger.countNow(runs, isIn(key, "runs")) < running;
}

/** Whether a job that is due may start now. One that takes over a lease has its place. */
export async function mayStart(ledger: Ledger, { leased, limits, turn }: Row): Promise<boolean> {
  if (leased || limits?.key === undefined) return true;
  if (!(await hasPlace(ledger, limits))) return false;
  const hasTurn = !limits.ordered || turn === "ready" || rowsIn(ledger, limits.key, "ready").length === 0;
  return hasTurn && (await freeAt(ledger, limits)) <= ledger.now;
}
