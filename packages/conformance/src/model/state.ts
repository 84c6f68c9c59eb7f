import type {
  FailureRecord,
  JobData,
  JobState,
  NewJob,
  ScheduleRef,
  StoredJob,
  TerminalState,
  WorkerPresence,
} from "@longshore/core/adapter";

/** All that a store knows, as a value. */
export type State = {
  readonly rows: ReadonlyMap<string, Row>;
  readonly paused: ReadonlySet<string>;
  /** By `keyOf`. */
  readonly schedules: ReadonlyMap<string, Schedule>;
  /** Of the last row that was inserted: breaks ties between rows that are due alike. */
  readonly sequence: number;
  /** Of the last claim. */
  readonly token: number;
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

/** What differs between honest stores. */
export type Rules = {
  /** Delays round up to a multiple of this. */
  readonly stepMs: number;
  /** How long dead letters stand before a prune may take them. */
  readonly deadKeepMs: number;
};

export type Row = {
  readonly data: JobData;
  readonly keepMs: number;
  readonly sequence: number;
  readonly enqueuedAt: number;
  /** Where leased the lease's end, where ended the moment of it. */
  readonly dueAt: number;
  readonly attempt: number;
  readonly leased: boolean;
  /** The newest claim's; 0 before the first. */
  readonly token: number;
  readonly claimedAt: number;
  /** How long it had been due then. */
  readonly waitedMs: number;
  /** That claim was settled, and not by an operator. */
  readonly settled: boolean;
  /** By giving it back. */
  readonly givenBack: boolean;
  /** The end that the lease would have had under which the job was cancelled: until then its worker can hear of it. */
  readonly heldUntil: number;
  readonly ended: TerminalState | undefined;
  readonly result: string | undefined;
  /** Why it was given back last, and since when this is the reason. */
  readonly snoozed: { readonly reason: string; readonly since: number } | undefined;
  readonly failures: readonly FailureRecord[];
};

/** Names a schedule's cursor among those of all names and rules. */
export function keyOf({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}

export type Schedule = { readonly cursor: number; readonly nextAt: number | undefined };

export const DEFAULT_RULES: Rules = { stepMs: 1, deadKeepMs: 30 * 86_400_000 };

export function emptyState(rules: Rules = DEFAULT_RULES): State {
  return {
    rows: new Map(),
    paused: new Set(),
    schedules: new Map(),
    sequence: 0,
    token: 0,
    log: undefined,
    workers: undefined,
    rules,
  };
}

/** A state that one operation may change before anybody else sees it. */
export type Draft = {
  readonly rows: Map<string, Row>;
  readonly paused: Set<string>;
  readonly schedules: Map<string, Schedule>;
  sequence: number;
  token: number;
  log: Log;
  workers: Announcements;
  readonly rules: Rules;
};

export function draftOf(state: State): Draft {
  return {
    ...state,
    rows: new Map(state.rows),
    paused: new Set(state.paused),
    schedules: new Map(state.schedules),
  };
}

/** What a row's state follows from. */
export type Facts = Pick<Row, "ended" | "leased" | "dueAt" | "attempt" | "givenBack">;

/** Restated here from the design rather than taken from the core, so that the two check each other. */
export function stateAt(row: Facts, now: number): JobState {
  if (row.ended !== undefined) return row.ended;
  const due = row.dueAt <= now;
  if (row.leased) return due ? "stalled" : "active";
  if (due) return "enqueued";
  return row.attempt === 0 || row.givenBack ? "delayed" : "failed";
}

/** A completed or cancelled row past its time is as good as gone, to every verb. */
export function forgetExpired(draft: Draft, now: number): void {
  for (const [id, row] of draft.rows) {
    if (hasExpired(row, now)) draft.rows.delete(id);
  }
}

function hasExpired({ ended, dueAt, keepMs, heldUntil }: Row, now: number): boolean {
  return (ended === "completed" || ended === "cancelled") && now >= Math.max(dueAt + keepMs, heldUntil);
}

export function later(now: number, delayMs: number, { stepMs }: Rules): number {
  return now + Math.ceil(delayMs / stepMs) * stepMs;
}

export function rowOf(job: NewJob, draft: Draft, now: number): Row {
  const { due, keepMs, ...data } = job;
  return {
    data,
    keepMs,
    sequence: ++draft.sequence,
    enqueuedAt: now,
    dueAt: "at" in due ? due.at : later(now, due.inMs, draft.rules),
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
  };
}

export function storedJob(draft: Draft, row: Row, now: number): StoredJob {
  const { data, attempt, enqueuedAt, dueAt, failures, result } = row;
  const waitsFor = waitsAt(draft, row, now);
  return {
    ...data,
    state: stateAt(row, now),
    attempt,
    enqueuedAt,
    dueAt,
    failures,
    ...(waitsFor !== undefined && { waitsFor }),
    ...(result !== undefined && { result }),
  };
}

function waitsAt({ paused }: Draft, { data, snoozed, leased, dueAt, ended }: Row, now: number): string | undefined {
  const runs = leased && dueAt > now;
  if (runs || ended !== undefined) return undefined;
  return dueAt <= now && paused.has(data.queue) ? "the queue is paused" : snoozed?.reason;
}

/** Ends a row, or removes it where nothing of it is kept. Dead letters stand whatever their `keepMs`. */
export function end(draft: Draft, row: Row, ended: TerminalState, now: number, parts: Partial<Row> = {}): void {
  const after: Row = { ...row, leased: false, dueAt: now, ended, ...parts };
  if (hasExpired(after, now)) draft.rows.delete(row.data.id);
  else draft.rows.set(row.data.id, after);
}
