import type { ClaimRequest, ClaimedJob } from "@longshore/core/adapter";
import type { Commit } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import type { ObservedRow } from "./observed-row.ts";
import type { Change, Rows } from "./rows.ts";

/** Checks who may hold a job: tokens, leases, the order of claims. */
export type Leases = { commit(commit: Commit, changes: readonly Change[]): void };

export function watchLeases(rows: Rows, fail: Fail): Leases {
  let newest = 0;
  return {
    commit({ operation, now }, changes) {
      for (const { part, before } of changes) {
        if (part.kind !== "claim") {
          checkHolder(part, before?.token, fail);
          continue;
        }
        const { id, token, attempt, stalled, ageMs, waitedMs } = part.job;
        if (!(token > newest)) fail("freshTokens", `the token ${token} of ${id} is not greater than ${newest}`);
        newest = Math.max(newest, token);
        if (before === undefined) continue;
        if (stalled !== before.leased)
          fail("attempts", `the claim of ${id} says stalled ${stalled}, not ${before.leased}`);
        if (attempt !== before.attempt + 1)
          fail("attempts", `the claim of ${id} is attempt ${attempt} after ${before.attempt}`);
        // One that waits behind its key was due when it came there, also if the store's clock has been set back since.
        if (before.dueAt > now && before.place !== "behind")
          fail("dueTimes", `${id} was claimed ${before.dueAt - now} ms before it was due`);
        checkWhole(part.job, before, fail);
        // The store lets it start at a moment of its own.
        if (before.job.limits !== undefined) continue;
        const waits = [now - before.row.enqueuedAt, now - before.dueAt].map((ms) => Math.max(0, ms));
        if (ageMs !== waits[0] || waitedMs !== waits[1]) {
          fail(
            "dueTimes",
            `${id} is said to be ${ageMs} ms old and ${waitedMs} ms late, but is ${waits.join(" and ")}`,
          );
        }
      }
      if (operation.verb === "claim") checkOrder(operation.input[0], changes, rows, now, fail);
    },
  };
}

/** Checks that a job arrives as it was enqueued, or changed since. */
function checkWhole(claimed: ClaimedJob, { job: enqueued, isUpdated }: ObservedRow, fail: Fail): void {
  const invariant = isUpdated ? "updates" : "integrity";
  for (const field of ["payload", "name", "queue", "priority", "partition"] as const) {
    if (claimed[field] !== enqueued[field])
      fail(invariant, `the claim of ${claimed.id} has another ${field} than was asked for last`);
  }
  for (const [name, value] of Object.entries(enqueued.headers)) {
    if (claimed.headers[name] !== value) fail(invariant, `the claim of ${claimed.id} has another header ${name}`);
  }
}

function checkHolder(part: Change["part"], token: number | undefined, fail: Fail): void {
  if (part.kind === "settle" && part.answer === "accepted" && part.settlement.token !== token) {
    fail("fencing", `the token ${part.settlement.token} settled ${part.settlement.id}, whose newest is ${token}`);
  }
  if (part.kind === "renew" && part.answer === "held" && part.lease.token !== token) {
    fail("fencing", `the token ${part.lease.token} renewed ${part.lease.id}, whose newest is ${token}`);
  }
}

/** Checks that a claim left nothing behind that comes before what it took, and nothing due if it had room. */
function checkOrder(
  { queues, priorityAgeMs = Infinity }: ClaimRequest,
  changes: readonly Change[],
  rows: Rows,
  now: number,
  fail: Fail,
): void {
  for (const { name, limit } of queues) {
    const taken = changes.filter(({ part }) => part.kind === "claim" && part.job.queue === name);
    const found = taken.length + changes.filter(({ part }) => part.kind === "expire" && part.job.queue === name).length;
    if (found > limit) fail("concurrency", `a claim of ${limit} jobs of ${name} got ${found}`);
    if (rows.paused.has(name)) {
      if (taken.length > 0) fail("transitions", `the paused queue ${name} was claimed from`);
      continue;
    }
    const last = taken.at(-1)?.before;
    for (const { job, row, ended, place, dueAt } of rows.all.values()) {
      if (job.queue !== name || ended !== undefined || place !== undefined || dueAt > now) continue;
      // Its key may have no place.
      if (job.limits !== undefined) continue;
      if (found < limit)
        fail("order", `a claim got ${found} of ${limit} jobs of ${name} and left ${row.id}, which is due`);
      else if (last !== undefined && isBefore({ job, dueAt }, last, priorityAgeMs)) {
        fail("order", `a claim took ${last.row.id} and left ${row.id}, which comes first`);
      }
    }
  }
}

type Ordered = { readonly job: { readonly priority: number }; readonly dueAt: number };

/** `ageMs`: for so long a job must have been due to count as one level higher. */
function isBefore(a: Ordered, b: Ordered, ageMs: number): boolean {
  const levels = a.job.priority - b.job.priority;
  if (levels === 0) return a.dueAt < b.dueAt;
  const ahead = ageMs === Infinity ? levels : levels * ageMs + a.dueAt - b.dueAt;
  return ahead < 0 || (ahead === 0 && levels < 0);
}
