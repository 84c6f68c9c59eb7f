import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/memory/src/memory.ts";
const TABLE = "packages/memory/src/table.ts";
const WAITING = "packages/memory/src/waiting.ts";

/** Of the reference store. */
export const memoryMutants: readonly Mutant[] = [
  {
    id: "F01-unfenced-settle",
    fault: "F01",
    file: MEMORY,
    find: `  if (row.token !== token) return "stale";\n`,
    replace: ``,
    what: "Whoever held the job at any time may settle it.",
  },
  {
    id: "F02-settle-after-release",
    fault: "F02",
    file: MEMORY,
    find: `  if (!row.leased) return settledBy === token ? "repeated" : "stale";\n`,
    replace: ``,
    what: "A token that has settled its job settles it again, with another outcome.",
  },
  {
    id: "F02-stale-rescue",
    fault: "F02",
    file: TABLE,
    find: `      for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
        leases.remove(row);`,
    replace: `      for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
        leases.remove(row);
        row.token = 0;`,
    what: "A lease that ran out is taken from its worker before anybody else has claimed the job.",
  },
  {
    id: "F03-claim-in-two-steps",
    fault: "F03",
    file: TABLE,
    find: `      row.leased = true;
      row.attempt += 1;`,
    replace: `      row.attempt += 1;`,
    what: "A claimed job does not say that it is leased.",
  },
  {
    id: "F03-claim-leaves-the-job-waiting",
    fault: "F03",
    file: WAITING,
    find: `          heap.remove(early);\n`,
    replace: ``,
    what: "A job that was delayed or retried stays among the waiting when it is claimed.",
  },
  {
    id: "F05-heartbeat-revives",
    fault: "F05",
    file: MEMORY,
    find: `  if (!row.leased) return "lost";\n`,
    replace: ``,
    what: "A heartbeat after the settlement puts the job back among the leased.",
  },
  {
    id: "F09-reused-identity",
    fault: "F09",
    file: TABLE,
    find: `row.token = ++lastToken;`,
    replace: `row.token ||= ++lastToken;`,
    what: "A job keeps the token of its first claim, so that a restarted worker is taken for the one that crashed.",
  },
  {
    id: "F10-lease-without-end",
    fault: "F10",
    file: TABLE,
    find: `row !== undefined && row.key <= now; row = leases.first()) {
        leases.remove(row);`,
    replace: `row !== undefined && row.key <= now - 14_400_000; row = leases.first()) {
        leases.remove(row);`,
    what: "A lease is taken over four hours after its end.",
  },
  {
    id: "F17-token-per-job",
    fault: "F17",
    file: TABLE,
    find: `row.token = ++lastToken;`,
    replace: `row.token += 1;`,
    what: "Tokens are counted for each job by itself, so that they come again with its id.",
  },
  {
    id: "F21-takeover-is-no-attempt",
    fault: "F21",
    file: TABLE,
    find: `row.attempt += 1;`,
    replace: `if (!stalled) row.attempt += 1;`,
    what: "An attempt that took its worker with it does not count.",
  },
  {
    id: "F22-crash-leaves-no-trace",
    fault: "F22",
    file: TABLE,
    find: `return claimed(row, stalled, dueAt, now);`,
    replace: `return claimed(row, false, dueAt, now);`,
    what: "A claim that takes over a lease does not say so.",
  },
  {
    id: "F23-death-without-a-cause",
    fault: "F23",
    file: MEMORY,
    find: `if (outcome.type === "dead") table.end(row, "dead", now, past);`,
    replace: `if (outcome.type === "dead") table.end(row, "dead", now, { settledBy: token, failures });`,
    what: "A dead letter does not keep its last failure.",
  },
  {
    id: "F23-dead-letter-is-dropped",
    fault: "F23",
    file: TABLE,
    find: `if (state !== "dead" && row.job.keepMs === 0) return forget(row);`,
    replace: `if (row.job.keepMs === 0) return forget(row);`,
    what: "A dead letter of a job that is not kept is dropped.",
  },
  {
    id: "F24-replays-what-is-alive",
    fault: "F24",
    file: MEMORY,
    find: `if (state !== "dead" && state !== "cancelled") return { status: "refused", state };`,
    replace: `if (state === "active") return { status: "refused", state };`,
    what: "A replay that is repeated starts jobs anew that are alive or done.",
  },
  {
    id: "F24-replay-goes-on-counting",
    fault: "F24",
    file: MEMORY,
    find: `  row.attempt = 0;\n`,
    replace: ``,
    what: "A replayed job has used up its attempts already.",
  },
  {
    id: "F40-overwrites-the-running",
    fault: "F40",
    file: TABLE,
    find: `if (standing !== undefined) return`,
    replace: `if (standing !== undefined && !standing.leased) return`,
    what: "An enqueue overwrites a running job of its id.",
  },
  {
    id: "F42-id-is-never-free",
    fault: "F42",
    file: TABLE,
    find: `row !== undefined && row.key <= now; row = kept.first()) forget(row);`,
    replace: `row !== undefined && row.key <= 0; row = kept.first()) forget(row);`,
    what: "The id of a job that has ended is never free again.",
  },
  {
    id: "F42-removed-id-is-not-free",
    fault: "F42",
    file: TABLE,
    find: `    rows.delete(row.job.id);\n`,
    replace: `    row.leased = false;\n`,
    what: "A row that is removed leaves its id behind.",
  },
  {
    id: "F43-only-the-living-are-unique",
    fault: "F43",
    file: TABLE,
    find: `if (standing !== undefined) return`,
    replace: `if (standing !== undefined && standing.past?.ended === undefined) return`,
    what: "An id counts as taken only until its job has ended.",
  },
  {
    id: "F43-one-conflict-ends-the-batch",
    fault: "F43",
    file: MEMORY,
    find: `const answers = jobs.map((job) => table.insert(job, now));`,
    replace: `const clash = jobs.find(({ id }) => table.rows.has(id));
      const answers = jobs.map((job) => table.insert(clash ?? job, now));`,
    what: "One id that is taken makes its whole batch a duplicate.",
  },
  {
    id: "F47-declare-starts-over",
    fault: "F47",
    file: MEMORY,
    find: `const row = schedules.get(name) ?? { cursor: now };`,
    replace: `const row = { cursor: now };`,
    what: "Declaring a schedule again sets its cursor back to now.",
  },
  {
    id: "F55-any-cursor-advances",
    fault: "F55",
    file: MEMORY,
    find: `if (schedules.get(name)?.cursor !== from) return "behind";`,
    replace: `if (!schedules.has(name)) return "behind";`,
    what: "A schedule moves on, whoever moved it before.",
  },
  {
    id: "F58-no-wake-up-for-schedules",
    fault: "F58",
    file: MEMORY,
    find: `      for (const name of wanted.schedules) dueAt = Math.min(dueAt, schedules.get(name)?.nextAt ?? Infinity);\n`,
    replace: ``,
    what: "The time to wake up knows nothing of schedules.",
  },
  {
    id: "F66-operators-wake-nobody",
    fault: "F66",
    file: MEMORY,
    find: `    });
    wake();
    return answers;
  };`,
    replace: `    });
    return answers;
  };`,
    what: "What operators make due wakes nobody.",
  },
  {
    id: "F66-retries-wake-nobody",
    fault: "F66",
    file: MEMORY,
    find: `waits ||= settlement.outcome.type !== "complete" || settlement.next !== undefined;`,
    replace: `waits ||= settlement.next !== undefined;`,
    what: "Settlements after which a job waits wake nobody.",
  },
  {
    id: "F66-leases-have-no-time",
    fault: "F66",
    file: MEMORY,
    find: `lane.waiting.dueAt(), lane.leases.first()?.key ?? Infinity`,
    replace: `lane.waiting.dueAt()`,
    what: "The time to wake up knows nothing of leases.",
  },
  {
    id: "F63-starts-before-it-is-due",
    fault: "F63",
    file: WAITING,
    find: `if (early !== undefined && early.key <= now && (`,
    replace: `if (early !== undefined && early.key <= now + 1_000 && (`,
    what: "A claim takes what is due within a second.",
  },
  {
    id: "F15-due-at-once",
    fault: "F15",
    file: "packages/core/src/lifecycle.ts",
    find: `return now + Math.ceil(due.inMs / stepMs) * stepMs;`,
    replace: `return now + Math.floor(due.inMs / stepMs / 1_000) * stepMs * 1_000;`,
    what: "A delay is cut to whole seconds.",
  },
  {
    id: "F85-double-claim",
    fault: "F85",
    file: TABLE,
    find: `row !== undefined && row.key <= now; row = leases.first()) {
        leases.remove(row);`,
    replace: `row !== undefined && row.key < until; row = leases.first()) {
        leases.remove(row);
        row.key = Math.min(row.key, now);`,
    what: "A claim takes over leases that end before its own would.",
  },
  {
    id: "F90-other-types",
    fault: "F90",
    file: "packages/memory/src/row.ts",
    find: `return ended?.result === undefined ? job : { ...job, result: ended.result };`,
    replace: `return { ...job, result: ended?.result ?? "" };`,
    what: "A job without a result has an empty one.",
  },
  {
    id: "F91-forgets-who-settled",
    fault: "F91",
    file: MEMORY,
    find: `return settledBy === token ? "repeated" : "stale";`,
    replace: `return settledBy === token && row.past?.ended === undefined ? "repeated" : "stale";`,
    what: "A worker whose reply was lost hears that its lease was.",
  },
  {
    id: "F143-late-priorities",
    fault: "F143",
    file: WAITING,
    find: `      for (const level of levels) {
        // Priorities`,
    replace: `      for (const level of [...levels].reverse()) {
        // Priorities`,
    what: "A claim takes the least urgent first.",
  },
  {
    id: "F145-cancel-leaves-the-lease",
    fault: "F145",
    file: MEMORY,
    find: `  table.end(row, "cancelled", now, past);\n`,
    replace: `  if (!row.leased) table.end(row, "cancelled", now, past);\n`,
    what: "Cancelling a running job answers that it was done, and leaves it running.",
  },
  {
    id: "F145-cancels-what-has-ended",
    fault: "F145",
    file: MEMORY,
    find: `  if (past.ended !== undefined) return { status: "refused", state };\n`,
    replace: ``,
    what: "A job that is completed or dead can be cancelled.",
  },
  {
    id: "F71-snooze-costs-an-attempt",
    fault: "F71",
    file: MEMORY,
    find: `      row.attempt -= 1;\n`,
    replace: ``,
    what: "A job that is given back has spent its attempt.",
  },
];
