import type {
  After,
  Due,
  FailureRecord,
  JobData,
  JobState,
  Limits,
  NewJob,
  ScheduleRef,
  TerminalState,
  Unique,
  WorkerPresence,
} from "@longshore/core/adapter";

/** The whole state of a store, as a value. */
export type State = {
  readonly rows: ReadonlyMap<string, Row>;
  /** When the pause of a queue ends. */
  readonly paused: ReadonlyMap<string, number>;
  /** By `keyOf`. */
  readonly schedules: ReadonlyMap<string, Schedule>;
  /** The number of the last inserted row: it orders rows with the same due time. */
  readonly sequence: number;
  /** The token of the last claim. */
  readonly token: number;
  /** By the keys of rates: when the next job would start if all came at the rate. */
  readonly tats: ReadonlyMap<string, number>;
  /** Everything that statistics are made of, the newest first. */
  readonly log: Log;
  /** Every announcement of a worker, the newest first. */
  readonly workers: Announcements;
  readonly rules: Rules;
};

export type Announcement = { readonly worker: WorkerPresence; readonly at: number; readonly until: number };
export type Announcements = { readonly said: Announcement; readonly before: Announcements } | undefined;

export type Log = { readonly entry: Entry; readonly before: Log } | undefined;
export type Entry = { readonly at: number; readonly queue: string; readonly name: string } & (
  | { readonly type: "enqueued" }
  | {
      readonly type: "complete" | "retry" | "dead";
      readonly attempt: number;
      readonly waitedMs: number;
      readonly ranMs: number;
    }
);

/** What may differ between correct stores. */
export type Rules = {
  /** Delays round up to a multiple of this. */
  readonly stepMs: number;
  /** How long dead letters are kept before a prune may take them. */
  readonly deadKeepMs: number;
};

export type Row = {
  readonly data: JobData;
  readonly keepMs: number;
  readonly sequence: number;
  /** The sequence that it had first. */
  readonly serial: number;
  readonly enqueuedAt: number;
  /** For a leased row the lease's end, for an ended row when it ended. */
  readonly dueAt: number;
  /** Its first attempt must begin within so long, and by then. */
  readonly startWithinMs: number | undefined;
  readonly beginBy: number;
  readonly attempt: number;
  readonly leased: boolean;
  /** The newest claim's token; 0 before the first. */
  readonly token: number;
  readonly claimedAt: number;
  /** How long it had been due when it was claimed. */
  readonly waitedMs: number;
  /** Whether that claim was settled, and not ended by an operator. */
  readonly settled: boolean;
  /** Whether it was settled by giving the job back. */
  readonly givenBack: boolean;
  /** It is kept at least until then: a cancelled job's lease would have ended, or one holds its unique key so long. */
  readonly heldUntil: number;
  readonly ended: TerminalState | undefined;
  readonly result: string | undefined;
  /** Why it was last given back, and since when for this reason. */
  readonly snoozed: { readonly reason: string; readonly since: number } | undefined;
  readonly failures: readonly FailureRecord[];
  readonly unique: Unique | undefined;
  /** Whether it holds its unique key, or waits behind the job that does. */
  readonly place: "holds" | "behind" | undefined;
  readonly limits: Limits | undefined;
  /** Behind the key of its limit: it waits there, or it is the one that has been let through. */
  readonly turn: "parked" | "ready" | undefined;
  /** Until then it holds its key, even if it has ended. */
  readonly until: number;
  /** When the first of the data that it waits with came. */
  readonly since: number;
  /** It starts no earlier: the lease's end of a job that was cancelled while it ran, behind which it waited. */
  readonly notBefore: number;
  /** The id of the enqueue that brought its data. */
  readonly from: string;
  /** Its parents, as rows: one that is enqueued later under the same id is none. */
  readonly after: { readonly parents: readonly Parent[]; readonly onFailed: After["onFailed"] } | undefined;
  /** It is blocked until its parents have ended. */
  readonly waits: boolean;
  /** The parent whose end made it dead, by its serial. */
  readonly buriedBy: number | undefined;
};

type Parent = Pick<JobData, "id"> & Pick<Row, "serial">;

/** A unique key for each pair of name and rule. */
export function keyOf({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}

export type Schedule = { readonly cursor: number; readonly nextAt: number | undefined };

export const DEFAULT_RULES: Rules = { stepMs: 1, deadKeepMs: 30 * 86_400_000 };

export function emptyState(rules: Rules = DEFAULT_RULES): State {
  return {
    rows: new Map(),
    paused: new Map(),
    schedules: new Map(),
    sequence: 0,
    token: 0,
    tats: new Map(),
    log: undefined,
    workers: undefined,
    rules,
  };
}

/** A state that one operation may change before anybody else sees it. */
export type Draft = {
  readonly rows: Map<string, Row>;
  readonly paused: Map<string, number>;
  readonly schedules: Map<string, Schedule>;
  sequence: number;
  token: number;
  readonly tats: Map<string, number>;
  log: Log;
  workers: Announcements;
  /** The keys of limits behind which another job may start. */
  readonly changed: Set<string>;
  readonly rules: Rules;
};

export function draftOf(state: State): Draft {
  return {
    ...state,
    rows: new Map(state.rows),
    paused: new Map(state.paused),
    schedules: new Map(state.schedules),
    tats: new Map(state.tats),
    changed: new Set(),
  };
}

/** The fields that determine a row's state. */
export type Facts = Pick<Row, "ended" | "leased" | "dueAt" | "attempt" | "givenBack"> &
  Partial<Pick<Row, "place" | "turn" | "waits">>;

/** Written from the design and not taken from the core, so that the two check each other. */
export function stateAt(row: Facts, now: number): JobState {
  if (row.ended !== undefined) return row.ended;
  if (isBlocked(row)) return "blocked";
  const due = row.dueAt <= now;
  if (row.leased) return due ? "stalled" : "active";
  if (due) return "enqueued";
  return row.attempt === 0 || row.givenBack ? "delayed" : "failed";
}

/** It waits for another job, and no claim takes it. */
export function isBlocked({ place, turn, waits }: Partial<Pick<Row, "place" | "turn" | "waits">>): boolean {
  return place === "behind" || turn === "parked" || waits === true;
}

/** Removes expired completed and cancelled rows: no verb sees them. A parent stands until its children have ended. */
export function forgetExpired(draft: Draft, now: number): void {
  for (const [id, row] of draft.rows) {
    if (hasExpired(row, now) && !childrenOf(draft, row).some(({ ended }) => ended === undefined)) draft.rows.delete(id);
  }
}

/** The jobs that come after this one, in the order of their enqueues. */
export function childrenOf(draft: Draft, { serial }: Pick<Row, "serial">): Row[] {
  const children = [...draft.rows.values()].filter(({ after }) =>
    after?.parents.some((parent) => parent.serial === serial),
  );
  return children.sort((a, b) => a.serial - b.serial);
}

/** The parents of a job that still stand. */
export function parentsOf(draft: Draft, { after }: Pick<Row, "after">): Row[] {
  return (after?.parents ?? []).flatMap(({ id, serial }) => {
    const row = draft.rows.get(id);
    return row?.serial === serial ? [row] : [];
  });
}

/** True for a completed or cancelled row whose time to be kept is over. */
export function hasExpired({ ended, dueAt, keepMs, heldUntil }: Row, now: number): boolean {
  return (ended === "completed" || ended === "cancelled") && now >= Math.max(dueAt + keepMs, heldUntil);
}

export function later(now: number, delayMs: number, { stepMs }: Rules): number {
  return now + Math.ceil(delayMs / stepMs) * stepMs;
}

export function dueOf(due: Due, rules: Rules, now: number): number {
  return "at" in due ? due.at : later(now, due.inMs, rules);
}

export function rowOf(job: NewJob, draft: Draft, now: number): Row {
  const { due, keepMs, unique, limits, after: _after, startWithinMs, maxDepth: _most, ...data } = job;
  const dueAt = dueOf(due, draft.rules, now);
  return {
    data,
    keepMs,
    sequence: ++draft.sequence,
    serial: draft.sequence,
    enqueuedAt: now,
    dueAt,
    startWithinMs,
    beginBy: Infinity,
    attempt: 0,
    leased: false,
    token: 0,
    claimedAt: 0,
    waitedMs: 0,
    settled: false,
    givenBack: false,
    heldUntil: 0,
    ended: undefined,
    result: undefined,
    snoozed: undefined,
    failures: [],
    unique,
    limits,
    turn: undefined,
    place: undefined,
    until: keptUntil(unique, now),
    since: now,
    notBefore: 0,
    from: job.id,
    after: undefined,
    waits: false,
    buriedBy: undefined,
  };
}

/** A row whose time to begin counts from when it is due, or from now. */
export function patient(row: Row, now: number): Row {
  return { ...row, beginBy: Math.max(row.dueAt, now) + (row.startWithinMs ?? Infinity) };
}

/** True if its first attempt has not begun in time. */
export function isLate({ attempt, leased, beginBy }: Row, now: number): boolean {
  return attempt === 0 && !leased && now > beginBy;
}

/** Until when a key that is taken now is held, even if its job has ended. */
export function keptUntil(unique: Unique | undefined, now: number): number {
  return unique?.forMs === undefined ? 0 : now + unique.forMs;
}

/** The job that holds a key. One that has ended holds it no longer than its `until`. */
export function holderOf(draft: Draft, key: string, now: number): Row | undefined {
  return [...draft.rows.values()].find(
    (row) => row.place === "holds" && row.unique?.key === key && (row.ended === undefined || row.until > now),
  );
}

/** The jobs of a queue that have not ended. */
export function openIn({ rows }: Pick<State, "rows">, queue: string): Row[] {
  return [...rows.values()].filter(({ data, ended }) => data.queue === queue && ended === undefined);
}

export function behindOf(draft: Draft, key: string): Row | undefined {
  return [...draft.rows.values()].find((row) => row.place === "behind" && row.unique?.key === key);
}
