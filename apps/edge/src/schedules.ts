import { type JobRequest, type Schedule, every, schedule } from "@longshore/core";
import { cron } from "@longshore/core/cron";
import { cleanUpSessions, dailyReport, retrySweep, weeklyDigest } from "./jobs.ts";
import type { Settings } from "./settings.ts";

const DAY_MS = 86_400_000;

/** The period before an occurrence. */
function before(nominal: Date, ms: number): { from: number; until: number } {
  return { from: nominal.getTime() - ms, until: nominal.getTime() };
}

/**
 * All schedules, in UTC. Each expression must also be in `triggers.crons` of wrangler.jsonc, which wakes the app; any
 * trigger checks all schedules. Weekdays are names, because Cloudflare counts them from 1 = Sunday.
 */
const rules: readonly (readonly [name: string, expression: string, request: (nominal: Date) => JobRequest])[] = [
  ["daily-report", "0 1 * * *", (nominal) => dailyReport.with(before(nominal, DAY_MS))],
  ["clean-up-sessions", "0 * * * *", () => cleanUpSessions.with({})],
  ["weekly-digest", "0 8 * * MON", (nominal) => weeklyDigest.with(before(nominal, 7 * DAY_MS))],
  ["retry-sweep", "*/5 * * * *", () => retrySweep.with({})],
];

export const schedules: readonly Schedule[] = rules.map(([name, expression, request]) =>
  schedule(name, cron(expression), request),
);

/** In development nobody wants to wait five minutes for an alert about a dead letter. */
export function schedulesOf({ DEV_SWEEP_MS }: Settings): readonly Schedule[] {
  const ms = Number(DEV_SWEEP_MS);
  if (!(ms > 0)) return schedules;
  const sweep = schedule("retry-sweep", every(ms), retrySweep.with({}));
  return schedules.map((one) => (one.name === sweep.name ? sweep : one));
}

export const expressions: readonly string[] = rules.map(([, expression]) => expression);
