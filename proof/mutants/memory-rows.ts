import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/stores/memory/src";
/** The memory store's rows: whose id is taken, what waits when, and what goes. */
export const memoryRowMutants: readonly Mutant[] = [
  {
    id: "F40-overwrites-the-running",
    fault: "F40",
    file: `${MEMORY}/inserting.ts`,
    find: `if (standing !== undefined) return`,
    replace: `if (standing !== undefined && !standing.leased) return`,
    what: "An enqueue overwrites a running job with the same id.",
  },
  {
    id: "F42-id-is-never-free",
    fault: "F42",
    file: `${MEMORY}/table.ts`,
    find: `row !== undefined && row.key <= now; row = kept.first()) forget(row, now);`,
    replace: `row !== undefined && row.key <= 0; row = kept.first()) forget(row, now);`,
    what: "The id of a job that has ended can never be used again.",
  },
  {
    id: "F42-removed-id-is-not-free",
    fault: "F42",
    file: `${MEMORY}/ending.ts`,
    find: `    rows.delete(row.job.id);\n`,
    replace: `    row.leased = false;\n`,
    what: "The id of a removed job stays taken.",
  },
  {
    id: "F43-only-the-living-are-unique",
    fault: "F43",
    file: `${MEMORY}/inserting.ts`,
    find: `if (standing !== undefined) return`,
    replace: `if (standing !== undefined && standing.history?.ended === undefined) return`,
    what: "An id can be reused as soon as its job has ended, although the row is still kept.",
  },
  {
    id: "F43-one-conflict-ends-the-batch",
    fault: "F43",
    file: `${MEMORY}/memory.ts`,
    find: `const answers = table.insert(jobs, now);`,
    replace: `const clash = jobs.find(({ id }) => table.rows.has(id));
      const answers = table.insert(clash ? jobs.map(() => clash) : jobs, now);`,
    what: "One id that is taken makes its whole batch duplicates.",
  },
  {
    id: "F47-declare-starts-over",
    fault: "F47",
    file: `${MEMORY}/schedules.ts`,
    find: `const { cursor, nextAt } = schedules.get(key) ?? { cursor: now };`,
    replace: `const { cursor, nextAt }: ScheduleRow = { cursor: now };`,
    what: "Declaring a schedule again resets its cursor to now.",
  },
  {
    id: "F55-any-cursor-advances",
    fault: "F55",
    file: `${MEMORY}/schedules.ts`,
    find: `if (schedules.get(key)?.cursor !== from) return { status: "behind" };`,
    replace: `if (!schedules.has(key)) return { status: "behind" };`,
    what: "A schedule advances without a check of its cursor.",
  },
  {
    id: "F58-no-wake-up-for-schedules",
    fault: "F58",
    file: `${MEMORY}/memory.ts`,
    find: `let dueAt = schedules.nextAt(wanted.schedules);`,
    replace: `let dueAt = Infinity;`,
    what: "The time to wake up ignores schedules.",
  },
  {
    id: "F66-operators-wake-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `    });
    wake();
    return answers;
  };`,
    replace: `    });
    return answers;
  };`,
    what: "A job that an operator makes due wakes no worker.",
  },
  {
    id: "F66-retries-wake-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `waits ||= outcome.type !== "complete" || next !== undefined ||`,
    replace: `waits ||= next !== undefined ||`,
    what: "A settlement after which the job waits wakes no worker.",
  },
  {
    id: "F66-leases-have-no-time",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `waits, queueState.leases.first()?.key ?? Infinity`,
    replace: `waits`,
    what: "The time to wake up ignores leases.",
  },
  {
    id: "F63-starts-before-it-is-due",
    fault: "F63",
    file: `${MEMORY}/waiting.ts`,
    find: `if (row === undefined || row.key > now) continue;`,
    replace: `if (row === undefined || row.key > now + 1_000) continue;`,
    what: "A claim takes jobs up to a second before they are due.",
  },
  {
    id: "F15-due-at-once",
    fault: "F15",
    file: "packages/core/src/contract/lifecycle.ts",
    find: `return now + Math.ceil(due.inMs / stepMs) * stepMs;`,
    replace: `return now + Math.floor(due.inMs / stepMs / 1_000) * stepMs * 1_000;`,
    what: "A delay is rounded down to whole seconds.",
  },
  {
    id: "F85-double-claim",
    fault: "F85",
    file: `${MEMORY}/queue-state.ts`,
    find: `row !== undefined && row.key <= now; row = leases.first()) {
    leases.remove(row);`,
    replace: `row !== undefined; row = leases.first()) {
    leases.remove(row);
    row.key = Math.min(row.key, now);`,
    what: "A claim takes over leases that are still valid.",
  },
  {
    id: "F90-other-types",
    fault: "F90",
    file: `${MEMORY}/row.ts`,
    find: `    ...(ended?.result !== undefined && { result: ended.result }),`,
    replace: `    result: ended?.result ?? "",`,
    what: "A job without a result has an empty one.",
  },
  {
    id: "F91-forgets-who-settled",
    fault: "F91",
    file: `${MEMORY}/settle.ts`,
    find: `if (settledBy === token) return "repeated";`,
    replace: `if (settledBy === token && ended === undefined) return "repeated";`,
    what: "A repeated settlement whose reply was lost is answered as stale.",
  },
  {
    id: "F143-late-priorities",
    fault: "F143",
    file: `${MEMORY}/waiting.ts`,
    find: `      for (const level of levels) {
        const row`,
    replace: `      for (const level of [...levels].reverse()) {
        const row`,
    what: "A claim takes the least urgent job first.",
  },
  {
    id: "F145-cancel-leaves-the-lease",
    fault: "F145",
    file: `${MEMORY}/control.ts`,
    find: `  table.end(row, "cancelled", now, history);\n`,
    replace: `  if (!row.leased) table.end(row, "cancelled", now, history);\n`,
    what: "Cancelling a running job answers that it was done, and leaves the job running.",
  },
  {
    id: "F145-cancels-behind-the-workers-back",
    fault: "F145",
    file: `${MEMORY}/ending.ts`,
    find: `const keepMs = Math.max(row.job.keepMs, untilMs, heldMs);`,
    replace: `const keepMs = Math.max(row.job.keepMs, heldMs);`,
    what: "A cancelled running job that is not kept is removed at once, so its worker is told that it lost its lease.",
  },
  {
    id: "F145-cancels-what-has-ended",
    fault: "F145",
    file: `${MEMORY}/control.ts`,
    find: `  if (history.ended !== undefined) return { status: "refused", state };\n`,
    replace: ``,
    what: "A completed or dead job can be cancelled.",
  },
  {
    id: "F71-snooze-costs-an-attempt",
    fault: "F71",
    file: `${MEMORY}/settle.ts`,
    find: `      row.attempt -= 1;\n`,
    replace: ``,
    what: "A job that is given back has used an attempt.",
  },
];
