import type {
  ClaimRequest,
  ClaimedJob,
  EnqueueAnswer,
  Failure,
  FailureRecord,
  KeyRef,
  Lease,
  NewJob,
  RenewAnswer,
  SettleAnswer,
  Settlement,
  Unique,
} from "@longshore/core/adapter";
import { changed, turnsOf, countStart, enter, isFull, letThrough, mayStart } from "./limits.ts";
import { end, passOn } from "./endings.ts";
import { type Fates, link, refusal } from "./families.ts";
import {
  type Draft,
  type Row,
  behindOf,
  holderOf,
  isBlocked,
  isLate,
  later,
  openIn,
  patient,
  rowOf,
  stateAt,
} from "./state.ts";

export function enqueue(draft: Draft, now: number, jobs: readonly NewJob[]): EnqueueAnswer[] {
  const refused = refusal(draft, jobs) ?? crowded(draft, jobs);
  if (refused !== undefined) return refused;
  const answers = jobs.map((job) => enqueueOne(draft, now, job));
  link(draft, jobs, answers, now);
  letThrough(draft, now);
  return answers;
}

/** The answers to a call with children, which is refused as a whole if one of its new jobs finds no room. */
function crowded(draft: Draft, jobs: readonly NewJob[]): EnqueueAnswer[] | undefined {
  if (!jobs.some(({ after }) => after)) return undefined;
  const fresh = jobs.filter(({ id }, i) => !draft.rows.has(id) && jobs.findIndex((job) => job.id === id) === i);
  const crowd = fresh.findIndex((job, i) => {
    const before = fresh.slice(0, i).filter(({ queue }) => queue === job.queue);
    return isCrowded(draft, job, before.length);
  });
  const job = fresh[crowd];
  return job && jobs.map(() => fullOf(job));
}

function isCrowded(draft: Draft, { queue, maxDepth = Infinity }: NewJob, more = 0): boolean {
  return openIn(draft, queue).length + more >= maxDepth;
}

function fullOf({ queue, maxDepth }: NewJob): EnqueueAnswer {
  const message = `the queue ${queue} is full: at least ${maxDepth} of its jobs have not ended`;
  return { status: "failed", reason: "full", message };
}

function enqueueOne(draft: Draft, now: number, job: NewJob): EnqueueAnswer {
  const standing = draft.rows.get(job.id);
  if (standing !== undefined) return { status: "duplicate", state: stateAt(standing, now) };
  if (job.unique !== undefined) return enqueueKeyed(draft, now, job, job.unique);
  return create(draft, now, job);
}

function create(draft: Draft, now: number, job: NewJob, parts: Partial<Row> = {}): EnqueueAnswer {
  if (isCrowded(draft, job)) return fullOf(job);
  enter(draft, patient({ ...rowOf(job, draft, now), waits: job.after !== undefined, ...parts }, now), now);
  draft.log = { entry: { type: "enqueued", at: now, queue: job.queue, name: job.name }, before: draft.log };
  return { status: "created" };
}

function enqueueKeyed(draft: Draft, now: number, job: NewJob, { key, on, maxWaitMs }: Unique): EnqueueAnswer {
  const dueBy = (since: number): number =>
    Math.min(
      rowOf(job, { ...draft }, now).dueAt,
      on === "debounce" ? later(since, maxWaitMs ?? Infinity, draft.rules) : Infinity,
    );
  const holder = holderOf(draft, key, now);
  if (holder === undefined) return create(draft, now, job, { place: "holds", dueAt: dueBy(now) });
  const state = stateAt(holder, now);
  const duplicate = { status: "duplicate", state, id: holder.data.id } as const;
  if (on === "keep" || holder.ended !== undefined) return duplicate;
  if (holder.leased && holder.from === job.id) return duplicate;
  const behind = behindOf(draft, key);
  const target = behind ?? holder;
  if (behind === undefined && holder.leased) {
    const answer = create(draft, now, job, { place: "behind", dueAt: dueBy(now) });
    return answer.status === "created" ? { status: "queued_behind", id: job.id } : answer;
  }
  if (target.from !== job.id) {
    const { id, partition } = target.data;
    const { sequence, serial, token, settled, failures, place, until, since, notBefore } = target;
    const fresh = { ...rowOf(job, { ...draft }, now), sequence, serial, token, settled, failures, place, until, since };
    const data = partition === undefined ? { ...fresh.data, id } : { ...fresh.data, id, partition };
    changed(draft, target);
    enter(draft, patient({ ...fresh, data, dueAt: Math.max(dueBy(since), notBefore), notBefore }, now), now);
  }
  return { status: behind === undefined ? "replaced" : "queued_behind", id: target.data.id };
}

/** Frees keys. Whoever waits behind a job that held one may start. */
export function release(draft: Draft, now: number, keys: readonly KeyRef[]): ("released" | "free")[] {
  return keys.map(({ key }) => {
    const holder = holderOf(draft, key, now);
    if (holder === undefined) return "free";
    draft.rows.set(holder.data.id, { ...holder, place: undefined });
    passOn(draft, holder, now, now);
    letThrough(draft, now);
    return "released";
  });
}

export function claim(draft: Draft, now: number, request: ClaimRequest): ClaimedJob[] {
  const { queues } = request;
  return queues.flatMap(({ name, limit }) => {
    if (draft.paused.has(name)) return [];
    const jobs: ClaimedJob[] = [];
    for (let before = -1; before < jobs.length;) {
      before = jobs.length;
      jobs.push(...takeDue(draft, now, name, limit - jobs.length, request));
    }
    return jobs;
  });
}

/** What is due in a queue, and then lets the next jobs of their keys through. */
function takeDue(
  draft: Draft,
  now: number,
  queue: string,
  limit: number,
  { leaseMs, priorityAgeMs }: ClaimRequest,
): ClaimedJob[] {
  const due = [...draft.rows.values()].filter(
    (row) => row.data.queue === queue && row.ended === undefined && !isBlocked(row) && row.dueAt <= now,
  );
  const jobs: ClaimedJob[] = [];
  const late: Row[] = [];
  for (const row of due.sort(turnsOf(priorityAgeMs))) {
    if (jobs.length === limit || isFull(draft, queue, now)) break;
    if (isLate(row, now)) {
      jobs.push(expired(row, now));
      late.push(row);
      continue;
    }
    changed(draft, row);
    if (row.leased || mayStart(draft, row, now)) jobs.push(lease(draft, now, row, leaseMs));
    else enter(draft, row, now);
  }
  // Whoever waits for these is due for the rest of the claim.
  for (const row of late) {
    const message = `expired: no attempt had begun ${row.startWithinMs} ms after it could`;
    end(draft, row, "cancelled", now, { failures: failuresOf({ ...row, attempt: 0 }, now, { message }) });
  }
  letThrough(draft, now);
  return jobs;
}

function expired({ data, enqueuedAt, dueAt }: Row, now: number): ClaimedJob {
  const times = { ageMs: now - enqueuedAt, waitedMs: now - dueAt };
  return { ...data, payload: "", token: 0, attempt: 0, stalled: false, ...times, expired: true };
}

function lease(draft: Draft, now: number, row: Row, leaseMs: number): ClaimedJob {
  countStart(draft, row, now);
  const token = ++draft.token;
  const attempt = row.attempt + 1;
  const { id } = row.data;
  const [ageMs, waitedMs] = [now - row.enqueuedAt, now - row.dueAt];
  const claimed = { attempt, token, claimedAt: now, waitedMs, leased: true, settled: false, dueAt: now + leaseMs };
  draft.rows.set(id, { ...row, ...claimed, turn: undefined });
  const key = {
    ...(row.unique && { uniqueKey: row.unique.key }),
    ...(row.limits && { limited: true as const }),
  };
  const job = { ...row.data, token, attempt, stalled: row.leased, ageMs, waitedMs, ...key };
  if (row.snoozed === undefined) return job;
  const { reason, since } = row.snoozed;
  return { ...job, snoozed: { reason, forMs: now - since } };
}

/** The newest claim holds the job, even past the lease's end, until somebody else claims it. */
export function renew(draft: Draft, now: number, leases: readonly Lease[], leaseMs: number): RenewAnswer[] {
  return leases.map(({ id, token }) => {
    const row = draft.rows.get(id);
    if (row === undefined || row.token !== token) return "lost";
    if (row.ended === "cancelled") return "cancelled";
    if (!row.leased) return "lost";
    // Its place may be taken by now.
    if (row.dueAt <= now && isFull(draft, row.data.queue, now)) return "lost";
    draft.rows.set(id, { ...row, dueAt: now + leaseMs });
    return "held";
  });
}

export function settle(draft: Draft, now: number, settlements: readonly Settlement[]): SettleAnswer[] {
  return settlements.map((settlement) => {
    const row = draft.rows.get(settlement.id);
    if (row === undefined) return "gone";
    if (row.token !== settlement.token) return "stale";
    if (row.settled) return "repeated";
    if (!row.leased) return row.ended === "cancelled" ? "cancelled" : "stale";
    log(draft, now, row, settlement);
    const fates = conclude(draft, now, row, settlement);
    letThrough(draft, now);
    const { next = [], outcome } = settlement;
    const follows = next.length > 0 && (outcome.type === "complete" || outcome.type === "dead");
    if (!follows && fates.freed === undefined && fates.buried === undefined) return "accepted";
    return { status: "accepted", next: follows ? enqueue(draft, now, next) : [], ...fates };
  });
}

function log(draft: Draft, now: number, row: Row, { outcome: { type } }: Settlement): void {
  if (type === "snooze") return;
  const { attempt, claimedAt, waitedMs, data } = row;
  const { queue, name } = data;
  draft.log = { entry: { type, at: now, queue, name, attempt, waitedMs, ranMs: now - claimedAt }, before: draft.log };
}

function conclude(draft: Draft, now: number, row: Row, { outcome }: Settlement): Fates {
  changed(draft, row);
  const released = {
    ...row,
    leased: false,
    settled: true,
    givenBack: outcome.type === "snooze",
    turn: "ready" as const,
  };
  switch (outcome.type) {
    case "complete":
      return end(draft, released, "completed", now, { result: outcome.result });
    case "dead":
      return end(draft, released, "dead", now, { failures: failuresOf(row, now, outcome.failure) });
    case "retry": {
      const dueAt = later(now, outcome.delayMs, draft.rules);
      const failures = failuresOf(row, now, outcome.failure);
      enter(draft, { ...released, dueAt, snoozed: undefined, failures }, now);
      return {};
    }
    case "snooze": {
      const dueAt = later(now, outcome.delayMs, draft.rules);
      const reason = snoozed(row.snoozed, outcome.reason, now);
      enter(draft, { ...released, dueAt, attempt: row.attempt - 1, snoozed: reason }, now);
      return {};
    }
  }
}

/** What is kept of a snooze. All reasons for which no worker can run a job count as one. */
export function snoozed(kept: Row["snoozed"], reason: string | undefined, now: number): Row["snoozed"] {
  if (reason === undefined || reason === kept?.reason) return kept;
  const goesOn = kept && [reason, kept.reason].every((told) => told.startsWith("no worker has "));
  return { reason, since: goesOn ? kept.since : now };
}

const NEWEST_KEPT = 9;

function failuresOf(row: Row, now: number, failure: Failure): readonly FailureRecord[] {
  const all = [...row.failures, { ...failure, attempt: row.attempt, at: now }];
  return all.length <= 1 + NEWEST_KEPT ? all : [...all.slice(0, 1), ...all.slice(-NEWEST_KEPT)];
}
