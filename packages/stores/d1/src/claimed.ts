import { type ClaimedJob, expiredJob } from "@longshore/core/adapter";
import type { Known } from "./known.ts";
import type { Rows } from "./port.ts";
import { aboutOf } from "./row.ts";
import { decodeText } from "./text.ts";

/** A claim ends before the job that would make its answer longer than this, in characters of payloads. */
export const MOST_CHARACTERS = 8_000_000;

/** What a claim reads of the rows that it has taken. */
export const TAKEN =
  "id, queue, name, priority, token, attempt, stalled, waited, born, until, about, why, since, due, iif(until IS NULL, '', payload) AS payload";

type Claimed = Readonly<
  Record<"id" | "queue" | "name" | "about" | "payload", string> &
    Record<"priority" | "token" | "attempt" | "stalled" | "waited" | "born" | "due", number> &
    Record<"since" | "until", number | null> & { why: string | null }
>;

/** An update returns its rows in no order; the tokens have that of the turns. */
export function claimedJobs(rows: Rows, leaseMs: number, known: Known): ClaimedJob[] {
  const claimed = rows as readonly Claimed[]; // the columns of TAKEN
  return [...claimed]
    .sort((a, b) => a.token - b.token)
    .map((row) => {
      const { id, queue, name, priority, token, attempt, waited, born, until, due, why, since } = row;
      const now = until === null ? due + waited : until - leaseMs;
      const { values, ...told } = aboutOf(row.about);
      const job = { id, name, queue, payload: decodeText(row.payload), ...told, priority };
      // The same clock set both times, but it may have gone back.
      const times = { ageMs: Math.max(0, now - born), waitedMs: Math.max(0, waited) };
      if (until === null) return expiredJob(job, times);
      const snoozed = why !== null && {
        snoozed: { reason: JSON.parse(why), forMs: Math.max(0, now - (since ?? now)) },
      };
      known.claimed(row, values);
      const limited = values[6] ? { limited: true as const } : {};
      return { ...job, token, attempt, stalled: row.stalled === 1, ...times, ...limited, ...snoozed };
    });
}
