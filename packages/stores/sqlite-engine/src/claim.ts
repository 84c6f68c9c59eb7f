import { type ClaimRequest, type ClaimedJob, type Limits, expiredJob } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { expire } from "./expire.ts";
import { hasExpired } from "./expiry.ts";
import { claimedJob, dataOf } from "./job.ts";
import { limitsOf } from "./limits.ts";
import type { HeldLease } from "./leases.ts";
import { letThrough } from "./let-through.ts";
import { sweep } from "./prune.ts";
import type { WaitingRow } from "./row.ts";
import { type Capacity, capacityAt } from "./capacity.ts";
import { MOST_CHARACTERS } from "./answer-size.ts";
import { charactersOf } from "./row-size.ts";
import { wait } from "./wait.ts";
import { type Position, byPriority, byTurn } from "./position.ts";

/** A job that gets a lease. For one with an expired lease, `due` and `attempt` are those of the lease. */
type Taken = { readonly row: WaitingRow; readonly due: number; readonly attempt: number; readonly stalled?: true };

const MOST_JOBS = 1_000;
/** How many rows a claim puts behind the keys of their limits: after a delay, thousands may be due together. */
const MOST_PARKED = 1_000;
/** How many rows are read together: more would cost no less, and a hundred may be larger than an object's memory. */
const PAGE = 32;
/** The progress of a claim. `order`: that of its jobs. `late`: those that have not begun in time. */
type ClaimProgress = {
  readonly order: ReturnType<typeof byTurn>;
  readonly taken: Map<string, Taken>;
  readonly late: WaitingRow[];
  characters: number;
  newLeases: number;
  parked: number;
};

const newProgress = (ageMs: number | undefined): ClaimProgress => ({
  order: byTurn(ageMs),
  taken: new Map(),
  late: [],
  characters: 0,
  newLeases: 0,
  parked: 0,
});

/** All leases are in one row of at most 2 MB, and each may take 250 bytes. */
const MOST_LEASES = 5_000;

/** Takes the due jobs of these queues, including those with expired leases. */
export function claim(state: StoreState, { queues, leaseMs, priorityAgeMs }: ClaimRequest, now: number): ClaimedJob[] {
  const progress = newProgress(priorityAgeMs);
  const capacity = capacityAt(state, now);
  for (const { name, limit } of queues) {
    const room = Math.min(limit, MOST_JOBS - foundBy(progress));
    if (room > 0 && !state.paused.has(name)) take(state, name, room, now, progress, capacity);
  }
  return answer(state, progress, leaseMs, now);
}

const foundBy = ({ taken, late }: ClaimProgress): number => taken.size + late.length;

function answer(state: StoreState, { taken, late }: ClaimProgress, leaseMs: number, now: number): ClaimedJob[] {
  const leased = lease(state, [...taken.values()], leaseMs, now);
  if (late.length === 0) return leased;
  const times = ({ born, due }: WaitingRow) => ({ ageMs: Math.max(0, now - born), waitedMs: Math.max(0, now - due) });
  return [...leased, ...late.map((row) => expiredJob(dataOf(row), times(row)))];
}

/** Leases jobs together: this writes one row, however many there are. */
export function lease(state: StoreState, jobs: readonly Taken[], leaseMs: number, now: number): ClaimedJob[] {
  if (jobs.length === 0) return [];
  const held = state.leases.take(jobs, now, now + leaseMs);
  let last: string | undefined;
  for (const { queue } of held) if (queue !== last) state.waiting.served((last = queue), now);
  sweep(state, held.length, now);
  return jobs.map(({ row, stalled = false, due }, i) => claimedJob(row, held[i] as HeldLease, stalled, due, now)); // one for each
}

/** Takes due jobs while there are places. Queues share the places; the one that has waited longest is first. */
export function claimNext(state: StoreState, now: number): ClaimedJob[] {
  const progress = newProgress(state.autoStart?.priorityAgeMs);
  const capacity = capacityAt(state, now);
  let queues = nextQueues(state, capacity, now, Math.min(capacity.free(), MOST_JOBS));
  while (queues.length > 0) {
    const share = Math.max(1, Math.floor(capacity.free() / queues.length));
    queues = queues.filter((queue) => {
      const room = Math.min(share, capacity.startable(queue));
      return room > 0 && take(state, queue, room, now, progress, capacity) === share;
    });
  }
  return answer(state, progress, state.options.leaseMs, now);
}

/** The queues that get the next places, at most `most`, longest waiting first. */
export function nextQueues(state: StoreState, capacity: Capacity, now: number, most: number): readonly string[] {
  const { waiting, leases, paused } = state;
  if (most <= 0) return [];
  const may = (queue: string): boolean => capacity.startable(queue) > 0;
  const since = new Map(
    waiting.next(most, now, may).map((queue) => [queue, waiting.since(queue, waiting.dueAt(queue))]),
  );
  for (const { queue, due } of leases.held.values()) {
    if (due > now || paused.has(queue) || !may(queue)) continue;
    const lapsed = waiting.since(queue, Math.min(due, waiting.dueAt(queue)));
    since.set(queue, lapsed);
  }
  const sorted = [...since].sort(([, a], [, b]) => a.key - b.key || a.seq - b.seq);
  return sorted.slice(0, most).map(([queue]) => queue);
}

/** Takes due jobs, key by key of their limits: the next of each is due when what was due before is taken. */
function take(
  state: StoreState,
  queue: string,
  room: number,
  now: number,
  progress: ClaimProgress,
  capacity: Capacity,
): number {
  let taken = 0;
  for (let more = -1; more !== 0; taken += more) {
    const ended = progress.late.length;
    more = takeDue(state, queue, room - taken, now, progress, capacity);
    // What these held up is due for the next round.
    expire(state, progress.late.slice(ended), now);
    letThrough(state, now);
  }
  return taken;
}

/** Returns how many jobs it took. */
function takeDue(
  state: StoreState,
  queue: string,
  room: number,
  now: number,
  progress: ClaimProgress,
  capacity: Capacity,
): number {
  const { tables, leases, waiting, lanes } = state;
  const { order, taken } = progress;
  const before = foundBy(progress);
  const isOver = (): boolean =>
    progress.characters > MOST_CHARACTERS || progress.parked > MOST_PARKED || capacity.freeIn(queue) <= 0;
  const left = (): number => (isOver() ? 0 : room - (foundBy(progress) - before));
  const canLease = (): boolean => left() > 0 && leases.held.size + progress.newLeases < MOST_LEASES;
  const add = (one: Taken, limits: Limits | undefined): void => {
    progress.characters += charactersOf(one.row);
    taken.set(one.row.id, one);
    capacity.begin(queue, limits?.queue);
  };
  const park = (id: string): void => {
    const row = tables.find(id, now);
    if (row === undefined) return;
    progress.parked++;
    lanes.leave(id, row.about, false);
    wait(state, row, row.due, now);
  };
  const lapsed = [...leases.held.values()]
    .filter((lease) => lease.queue === queue && lease.due <= now && !taken.has(lease.id))
    .sort(order);
  /** Takes the jobs with expired leases that are before this position. They have their places in the row of leases. */
  const takeLapsed = (until?: Position): void => {
    for (let [one] = lapsed; one !== undefined && left() > 0; [one] = lapsed) {
      if (until !== undefined && order(one, until) > 0) return;
      lapsed.shift();
      const row = tables.find(one.id, now);
      if (row !== undefined) add({ row, due: one.due, attempt: one.attempt, stalled: true }, one.limits);
    }
  };
  const dueHeads = (): Position[] =>
    waiting
      .heads(queue)
      .filter(({ due }) => due <= now)
      .sort(order);
  for (let [head, rival] = dueHeads(); head !== undefined; [head, rival] = dueHeads()) {
    takeLapsed(head);
    if (!canLease()) break;
    waiting.move(head, takeLine(head, rival));
  }
  takeLapsed();
  return foundBy(progress) - before;

  /** Takes jobs from the beginning of a line, before the head of another. Returns where it begins now. */
  function takeLine(head: Position, rival: Position | undefined): Position | undefined {
    // By age, lines take turns: most visits are for a job.
    let page = order === byPriority ? PAGE : 2;
    for (let from: Position = head; ; page = Math.min(2 * page, PAGE)) {
      // One more than can be taken: the line will begin there.
      const wanted = Math.min(left() + 1, page);
      const rows = waiting.from(from, wanted);
      for (const row of rows) {
        if (rival !== undefined && order(row, rival) > 0) return row;
        if (row.due <= now) takeLapsed(row);
        if (row.due > now || !canLease()) return row;
        const limits = limitsOf(row.about);
        from = { ...head, due: row.due, seq: row.seq + 1 };
        // What an expired job held up may be due before those that this claim has taken.
        if (taken.has(row.id)) continue;
        if (hasExpired(row, now)) {
          progress.late.push({ ...row, payload: "" });
          continue;
        }
        if (
          limits !== undefined &&
          !(lanes.hasPlace(limits) && lanes.hasTurn(limits, row.id) && lanes.opensAt(limits, now) <= now)
        ) {
          park(row.id);
          continue;
        }
        progress.newLeases++;
        lanes.start(row.id, limits, now);
        add({ row, due: row.due, attempt: row.attempt }, limits);
      }
      if (rows.length < wanted) return undefined;
    }
  }
}
