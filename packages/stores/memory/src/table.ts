import {
  type Change,
  type ClaimedJob,
  type EnqueueAnswer,
  type Heap,
  type HeldKey,
  type NewJob,
  type Outcome,
  type TerminalState,
  createHeap,
  decideByKey,
  dueInstant,
  dueWithKey,
  expiredAfter,
  expiredJob,
  heldKey,
  recordFailure,
  refusedFull,
  refusedTogether,
  standIns,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { type Family, createFamily, refusal } from "./family.ts";
import { type Keys, type KeyedRow, createKeys, keyedJob } from "./keys.ts";
import {
  type History,
  NO_HISTORY,
  type Row,
  claimed,
  hasExpired,
  newRow,
  startPatience,
  stateAt,
  timesOf,
} from "./row.ts";
import { warnUnclaimed } from "./warnings.ts";
import { createLanes } from "./lanes.ts";
import { type Places, createPlaces } from "./places.ts";
import { type Waiting, createWaiting } from "./waiting.ts";

/** One queue: its waiting jobs, and its leased jobs ordered by the lease's end. */
type QueueState = {
  readonly waiting: Waiting;
  readonly leases: Heap<Row>;
  readonly places: Places;
  /** How many jobs have not ended. */
  open: number;
  paused: boolean;
  /** A pause that ends by itself. */
  pausedUntil: number;
  /** Since when the queue has jobs that nobody has claimed; Infinity if somebody has, or after the warning. */
  unclaimedSince: number;
};

/** All rows, and every move between structures. A row is in exactly one structure; each move takes O(log n). */
export type Table = {
  readonly rows: ReadonlyMap<string, Row>;
  readonly queueStates: ReadonlyMap<string, QueueState>;
  readonly deadRows: Heap<Row>;
  readonly keys: Keys;
  readonly fates: Family["fates"];
  /** Starts every verb: removes rows past their retention. Returns the current time. */
  begin(): number;
  queueStateOf(queue: string): QueueState;
  insert(jobs: readonly NewJob[], now: number): EnqueueAnswer[];
  /** Hands out due rows, leased under new tokens. */
  claim(queueState: QueueState, limit: number, until: number, now: number): ClaimedJob[];
  /** Whether as many jobs of a queue run as its limit allows. */
  isFull(queueState: QueueState, now: number): boolean;
  extend(row: Row, until: number): void;
  /** Makes the row wait again, after a lease, a delay or its end. */
  wait(row: Row, dueAt: number, now: number): void;
  /** A row that has ended begins again, and so do those that were dead with it. */
  revive(row: Row, now: number): void;
  /** Changes a row that is not leased and has not ended. */
  change(row: Row, change: Change, now: number): void;
  /** Ends a row, and removes it if nothing is to be kept. One cancelled while leased stays until that lease's end. */
  end(row: Row, state: TerminalState, now: number, history: History, result?: string): void;
  forget(row: Row, now: number): void;
  /** The row gives its unique key up; one that waited behind it may start. */
  leaveKey(row: Row, now: number): void;
  /** Counts a lease that is about to be settled, if the store counts. */
  count(row: Row, outcome: Outcome, now: number): void;
};

export type TableOptions = {
  readonly maxKept: number;
  readonly deadKeepMs: number;
  readonly stats: Statistics | undefined;
  /** Whether the clock is the system's. Only then can the store tell how long jobs have gone unclaimed. */
  readonly isSystemClock: boolean;
};

/** How many rows a claim puts behind their keys: after a delay, thousands may be due together. */
const MOST_PARKED = 1_000;

const hasFamily = ({ parents, children }: Row): boolean => parents !== undefined || children !== undefined;

const CREATED: EnqueueAnswer = Object.freeze({ status: "created" });

export function createTable(clock: () => number, options: TableOptions): Table {
  const { maxKept, deadKeepMs, stats, isSystemClock } = options;
  const rows = new Map<string, Row>();
  const queueStates = new Map<string, QueueState>();
  /** Completed and cancelled rows, ordered by the end of their retention. The next heap does the same for dead ones. */
  const kept = createHeap<Row>();
  const deadRows = createHeap<Row>();
  const keys = createKeys();
  const lanes = createLanes();
  let lastSeq = 0;
  let lastToken = 0;

  const queueStateOf = (queue: string): QueueState => {
    let queueState = queueStates.get(queue);
    if (queueState === undefined) {
      const unclaimedSince = isSystemClock ? clock() : Infinity;
      queueState = {
        waiting: createWaiting(),
        leases: createHeap<Row>(),
        places: createPlaces(),
        open: 0,
        paused: false,
        pausedUntil: 0,
        unclaimedSince,
      };
      queueStates.set(queue, queueState);
    }
    return queueState;
  };
  const openIn = (queue: string): number => queueStates.get(queue)?.open ?? 0;
  const detach = (row: Row): void => {
    if (lanes.unpark(row)) return;
    switch (row.location) {
      case "list":
      case "heap":
        return queueStateOf(row.job.queue).waiting.remove(row);
      case "leases":
        return queueStateOf(row.job.queue).leases.remove(row);
      case "kept":
        return kept.remove(row);
      case "dead":
        return deadRows.remove(row);
      case "behind":
      case "after":
      case "held":
      case "gone":
        return undefined;
    }
  };
  const forget = (row: Row, now: number): void => {
    lanes.leave(row);
    leaveKey(row, now);
    detach(row);
    row.leased = false;
    const wasOpen = row.history?.ended === undefined;
    row.location = "gone";
    rows.delete(row.job.id);
    if (wasOpen) queueStateOf(row.job.queue).open--;
    if (hasFamily(row)) {
      if (wasOpen) family.ended(row, "removed", now, now);
      family.left(row);
    }
  };
  /** An ended row stays until the end of its retention. */
  const keep = (row: Row, until: number, now: number): void => {
    hold(row, kept, "kept", until);
    const excess = kept.size > maxKept ? kept.first() : undefined;
    if (excess !== undefined) forget(excess, now);
  };
  const family = createFamily({
    free(row, now, notBefore) {
      row.key = Math.max(row.key, notBefore);
      startPatience(row, now);
      enter(row, now);
    },
    bury(row, now) {
      queueStateOf(row.job.queue).open--;
      hold(row, deadRows, "dead", now + deadKeepMs);
    },
    revive(row, now) {
      queueStateOf(row.job.queue).open++;
      const { settledBy, failures } = row.history ?? NO_HISTORY;
      detach(row);
      Object.assign(row, { history: { settledBy, failures }, attempt: 0, bornAt: now, key: now, leased: false });
      startPatience(row, now);
      if (row.parents?.waits) row.location = "after";
      else enter(row, now);
    },
    hold(row) {
      // One that begins again may wait behind a key, in the structure where it was last.
      if (row.location !== "kept" || row.history?.ended === undefined) return;
      detach(row);
      row.location = "held";
    },
    letGo(row, now) {
      if (row.location !== "held" || row.history?.ended === undefined) return;
      if (row.key > now) keep(row, row.key, now);
      else forget(row, now);
    },
  });
  const leaveKey = (row: Row, now: number, notBefore = now): void => {
    const next = keys.leave(row);
    if (next === undefined) return;
    next.key = Math.max(next.key, notBefore);
    if (notBefore > now) next.held = { ...next.held, notBefore };
    startPatience(next, now);
    enter(next, now);
  };
  const hold = (row: Row, heap: Heap<Row>, location: Row["location"], key: number): void => {
    row.key = key;
    row.location = location;
    heap.push(row);
  };

  /** A row that waits for a claim. `hasTurn`: no other with its key may start before it. */
  const enter = (row: Row, now: number, hasTurn = false): void => {
    const { queue, limits } = row.job;
    const queueState = queueStateOf(queue);
    if (limits?.key !== undefined && row.key <= now && !hasTurn) lanes.park(row, now);
    else queueState.waiting.push(row, now);
    if (warnUnclaimed(queue, queueState.unclaimedSince, now)) queueState.unclaimedSince = Infinity;
  };
  /** Ends every step: rows that waited behind their keys are due from now on, or when their rate lets them start. True if there are any. */
  const letThrough = (now: number): boolean => {
    const through = lanes.letThrough(now);
    for (const row of through) {
      row.seq = ++lastSeq;
      queueStateOf(row.job.queue).waiting.push(row, now);
    }
    return through.length > 0;
  };
  const create = (job: NewJob, now: number, held?: HeldKey): Row => {
    const row = newRow(job, ++lastSeq, now, dueWithKey(job, held, now, 1), held);
    startPatience(row, now);
    rows.set(job.id, row);
    queueStateOf(job.queue).open++;
    stats?.enqueued(job, now);
    return row;
  };
  /** A row that waits gets the data of another job. */
  const replace = (row: KeyedRow, job: NewJob, now: number): void => {
    const isBehind = row.location === "behind";
    lanes.leave(row);
    detach(row);
    const { id, partition } = row.job;
    const { settledBy, failures } = row.history ?? NO_HISTORY;
    const held = heldKey(job, now, row.held);
    queueStateOf(row.job.queue).open--;
    queueStateOf(job.queue).open++;
    Object.assign(row, { job: { ...job, id, partition }, held, attempt: 0, bornAt: now });
    row.history = { settledBy, failures };
    row.key = dueWithKey(job, held, now, 1);
    startPatience(row, now);
    if (isBehind) row.location = "behind";
    else enter(row, now);
  };
  const insertKeyed = (job: NewJob, held: HeldKey, now: number): EnqueueAnswer => {
    const holder = keys.holder(held.key, now);
    const behind = keys.behind.get(held.key);
    const decision = decideByKey({ id: job.id, unique: held }, keyedJob(holder, now), keyedJob(behind, now));
    switch (decision.type) {
      case "replace":
        replace((decision.target === "holder" ? holder : behind) as KeyedRow, job, now); // the target exists
        return decision.answer;
      case "answer":
        return decision.answer;
    }
    const full = refusedFull(job, openIn(job.queue));
    if (full !== undefined) return full;
    const row = create(job, now, held) as KeyedRow; // it has its key
    if (decision.type === "insert") {
      keys.holders.set(held.key, row);
      enter(row, now);
      return CREATED;
    }
    keys.behind.set(held.key, row);
    row.location = "behind";
    return { status: "queued_behind", id: job.id };
  };

  const insertOne = (job: NewJob, now: number): EnqueueAnswer => {
    const standing = rows.get(job.id);
    if (standing !== undefined) return { status: "duplicate", state: stateAt(standing, now) };
    const held = heldKey(job, now);
    if (held !== undefined) return insertKeyed(job, held, now);
    const full = refusedFull(job, openIn(job.queue));
    if (full !== undefined) return full;
    const row = create(job, now);
    if (job.after === undefined) enter(row, now);
    else row.location = "after";
    return CREATED;
  };
  /** Links the jobs that a call has created with their parents. */
  const link = (jobs: readonly NewJob[], answers: readonly EnqueueAnswer[], now: number): void => {
    const standing = standIns(jobs, answers);
    const children: Row[] = [];
    for (const [i, job] of jobs.entries()) {
      const row = rows.get(job.id);
      // A repeated call has the same jobs, whose rows are linked.
      if (job.after === undefined || row === undefined || answers[i]?.status !== "created") continue;
      const parents = job.after.jobs.flatMap(({ id }) => rows.get(id) ?? rows.get(standing.get(id) ?? "") ?? []);
      family.link(row, [...new Set(parents)], job.after.onFailed, now);
      children.push(row);
    }
    for (const row of children) family.begin(row, now);
  };
  /** A job whose lease has expired waits like any other, but its token stays valid until somebody claims it. */
  const lapse = ({ leases, waiting }: QueueState, now: number): void => {
    for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
      leases.remove(row);
      waiting.push(row, now);
    }
  };
  const isFull = (queueState: QueueState, now: number): boolean => {
    const { places, leases } = queueState;
    if (!places.used) return false;
    lapse(queueState, now);
    return leases.size >= places.limit();
  };
  const lease = ({ leases, places }: QueueState, row: Row, until: number, now: number): ClaimedJob => {
    const { leased: stalled, key: dueAt } = row;
    lanes.start(row, now);
    row.leased = true;
    row.attempt += 1;
    row.token = ++lastToken;
    hold(row, leases, "leases", until);
    if (row.job.limits?.queue !== undefined) places.start(row);
    if (stats !== undefined) row.claim = { at: now, waitedMs: Math.max(0, now - dueAt) };
    return claimed(row, stalled, dueAt, now);
  };

  const end: Table["end"] = (row, state, now, history, result) => {
    queueStateOf(row.job.queue).open--;
    const untilMs = state === "cancelled" && row.leased ? Math.max(0, row.key - now) : 0;
    const heldMs = keys.heldMs(row, now);
    lanes.leave(row);
    // Whoever waits behind a cancelled job starts when its worker has surely learned of it.
    if (heldMs === 0) leaveKey(row, now, now + untilMs);
    const keepMs = Math.max(row.job.keepMs, untilMs, heldMs);
    if (hasFamily(row)) family.ended(row, state, now, now + untilMs);
    const needed = row.children !== undefined && row.children.open > 0;
    const ended = { state, at: now };
    row.history = { ...history, ended: result === undefined ? ended : { ...ended, result } };
    if (state !== "dead" && keepMs === 0 && !needed) return forget(row, now);
    detach(row);
    row.leased = false;
    if (state === "dead") return hold(row, deadRows, "dead", now + deadKeepMs);
    if (!needed) return keep(row, now + keepMs, now);
    row.key = now + keepMs;
    row.location = "held";
  };
  /** The rows that a claim found too late. */
  const expire = (rows: readonly Row[], now: number): void => {
    for (const row of rows) {
      // The claim has taken it out of its structure.
      row.location = "gone";
      const history = row.history ?? NO_HISTORY;
      const failure = expiredAfter(row.job.startWithinMs ?? 0, now);
      end(row, "cancelled", now, { ...history, failures: recordFailure(history.failures, failure) });
    }
  };

  return {
    rows,
    queueStates,
    deadRows,
    keys,
    leaveKey(row, now) {
      leaveKey(row, now);
      letThrough(now);
    },
    fates: family.fates,
    revive(row, now) {
      family.revive(row, now);
      letThrough(now);
    },
    queueStateOf,
    begin() {
      const now = clock();
      for (let row = kept.first(); row !== undefined && row.key <= now; row = kept.first()) forget(row, now);
      letThrough(now);
      return now;
    },
    insert(jobs, now) {
      const refused = refusal(rows, jobs) ?? refusedTogether(jobs, (id) => rows.has(id), openIn);
      if (refused !== undefined) return jobs.map(() => refused);
      const answers = jobs.map((job) => insertOne(job, now));
      if (jobs.some(({ after }) => after !== undefined)) link(jobs, answers, now);
      letThrough(now);
      return answers;
    },
    claim(queueState, limit, until, now) {
      const jobs: ClaimedJob[] = [];
      // Keys are served in turn: the next job of each is due when what was due before is taken.
      for (let before = -1, parked = 0; before < jobs.length; letThrough(now)) {
        before = jobs.length;
        const late: Row[] = [];
        while (jobs.length < limit && parked < MOST_PARKED && !isFull(queueState, now)) {
          lapse(queueState, now);
          const row = queueState.waiting.first(now);
          if (row === undefined) break;
          queueState.waiting.remove(row);
          if (hasExpired(row, now)) {
            jobs.push(expiredJob(row.job, timesOf(row, row.key, now)));
            late.push(row);
          } else if (row.leased || lanes.hasPlace(row, now)) jobs.push(lease(queueState, row, until, now));
          else lanes.park(row, ++parked && now);
        }
        // What these held up is due for the next round.
        expire(late, now);
      }
      return jobs;
    },
    isFull,
    extend(row, until) {
      detach(row);
      hold(row, queueStateOf(row.job.queue).leases, "leases", until);
    },
    wait(row, dueAt, now) {
      const keeps = lanes.keep(row);
      if (!keeps) lanes.leave(row);
      detach(row);
      row.leased = false;
      row.key = dueAt;
      enter(row, now, keeps);
      letThrough(now);
    },
    change(row, { data, priority = row.job.priority, due }, now) {
      const { location } = row;
      const isApart = location === "behind" || location === "after";
      const keeps = !isApart && lanes.keep(row);
      if (!isApart && !keeps) lanes.leave(row);
      detach(row);
      row.job = { ...row.job, ...data, priority };
      if (due !== undefined) {
        row.key = Math.max(dueInstant(due, now, 1), row.held?.notBefore ?? 0);
        startPatience(row, now);
      }
      if (isApart) row.location = location;
      else enter(row, now, keeps);
      letThrough(now);
    },
    end(...ending) {
      end(...ending);
      letThrough(ending[2]);
    },
    forget(row, now) {
      forget(row, now);
      letThrough(now);
    },
    count(row, { type: outcome }, now) {
      if (row.claim === undefined) return;
      const { at, waitedMs } = row.claim;
      row.claim = undefined;
      stats?.settled(row.job, { outcome, attempt: row.attempt, waitedMs, ranMs: Math.max(0, now - at) }, now);
    },
  };
}
