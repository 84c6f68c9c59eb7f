import type { Fail } from "./invariants.ts";
import type { Change } from "./rows.ts";

/** Checks that jobs which must begin in time do, or end, and that no other one ends so. */
export type Expiry = { commit(changes: readonly Change[], now: number): void };

export function watchExpiry(fail: Fail): Expiry {
  const deadlines = new Map<string, number>();
  return {
    commit(changes, now) {
      for (const { part, id, before, after } of changes) {
        const deadline = deadlines.get(id) ?? Infinity;
        const { startWithinMs = Infinity } = (after ?? before)?.job ?? {};
        switch (part.kind) {
          case "enqueue":
            if (before === undefined && after !== undefined)
              deadlines.set(id, Math.max(now, after.dueAt) + startWithinMs);
            break;
          case "replay":
          case "runNow":
            if (part.answer?.status === "done") deadlines.set(id, now + startWithinMs);
            break;
          case "update":
            if (part.answer?.status === "done" && part.change.due !== undefined && after !== undefined)
              deadlines.set(id, Math.max(now, after.dueAt) + startWithinMs);
            break;
          case "claim":
            if (part.job.attempt === 1 && now > deadline)
              fail("expiry", `${id} began ${now - deadline} ms after the time by which it must have begun`);
            break;
          case "expire":
            if (before?.attempt !== 0 || before.leased) fail("expiry", `${id} expired, although it had begun`);
            else if (now <= deadline) fail("expiry", `${id} expired, with ${deadline - now} ms left to begin`);
        }
      }
    },
  };
}
