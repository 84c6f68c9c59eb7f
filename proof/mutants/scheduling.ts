import type { Mutant } from "./mutant.ts";

const OCCURRENCE = "packages/core/src/schedules/schedule.ts";
const SCHEDULE = "packages/core/src/schedules/rule.ts";

/** Of schedules and their occurrences. */
export const schedulingMutants: readonly Mutant[] = [
  {
    id: "F50-repeated-hour-runs-twice",
    fault: "F50",
    file: "packages/core/src/schedules/cron.ts",
    find: `const at = instantsShowing(zone, wall)[0] ?? firstInstantAfterGap(zone, wall);`,
    replace: `const at = instantsShowing(zone, wall).at(-1) ?? firstInstantAfterGap(zone, wall);`,
    what: "A time of day that a time zone repeats fires twice.",
    tests: ["test/cron.test.ts"],
  },
  {
    id: "F50-skipped-hour-is-skipped",
    fault: "F50",
    file: "packages/core/src/schedules/cron.ts",
    find: `const at = instantsShowing(zone, wall)[0] ?? firstInstantAfterGap(zone, wall);`,
    replace: `const at = instantsShowing(zone, wall)[0];`,
    what: "A time of day that a time zone skips does not fire on that date.",
    tests: ["test/cron.test.ts"],
  },
  {
    id: "F52-never-fires",
    fault: "F52",
    file: "packages/core/src/schedules/cron.ts",
    find: `increment(sample, {}, false) === null) {`,
    replace: `increment(sample, {}, false) === null && expression.includes("@")) {`,
    what: "An expression that matches no date is accepted.",
    tests: ["test/cron.test.ts"],
  },
  {
    id: "F54-next-time-was-handled",
    fault: "F54",
    file: OCCURRENCE,
    find: `const nextAt = rule.next(Math.max(now, cursor));
      if (nextAt !== undefined) checkInstant(nextAt, Math.max(now, cursor));`,
    replace: `const nextAt = rule.next(now);`,
    what: "After the clock was set back, the next time is one that has already fired.",
  },
  {
    id: "F54-no-time-to-sleep",
    fault: "F54",
    file: "packages/core/src/schedules/fire.ts",
    find: `return first === Infinity ? undefined : Math.max(0, first - now);`,
    replace: `return first === Infinity ? undefined : now - first;`,
    what: "The time until the next occurrence is negative.",
  },
  {
    id: "F55-ids-of-their-own",
    fault: "F55",
    file: OCCURRENCE,
    find: `id: \`\${partition}:\${time}\`, partition,`,
    replace: `id: firing.platform.id(), partition,`,
    what: "Two schedulers enqueue two jobs with different ids for one occurrence.",
  },
  {
    id: "F58-no-next-time",
    fault: "F58",
    file: OCCURRENCE,
    find: `      if (steps.length === 0 && known !== nextAt)
        steps.push({ name, rule: rule.text, from: cursor, to: cursor, nextAt });\n`,
    replace: ``,
    what: "A schedule that is new, or that a deploy has changed, sets no wake-up.",
  },
  {
    id: "F60-all-that-was-missed",
    fault: "F60",
    file: SCHEDULE,
    find: `at !== undefined && due.length < wanted;`,
    replace: `at !== undefined;`,
    what: "After downtime every missed occurrence runs, regardless of the policy's limit.",
  },
  {
    id: "F60-one-call-for-all-that-was-missed",
    fault: "F60",
    file: "packages/core/src/schedules/fire.ts",
    find: `call.length === MAX_BATCH || length > room`,
    replace: `false`,
    what: "What was missed goes in one call, however much that is, and a backend that refuses it refuses it for ever.",
    tests: ["test/missed-occurrences.test.ts"],
  },
  {
    id: "F60-what-a-failed-call-had-waits-for-the-next-time",
    fault: "F60",
    file: OCCURRENCE,
    find: `nextAt: times[i + 1] ?? nextAt, job`,
    replace: `nextAt, job`,
    what: "Where one of several calls fails, the rest of what was missed waits for the next occurrence.",
    tests: ["test/missed-occurrences.test.ts"],
  },
  {
    id: "F60-skip-runs-the-latest",
    fault: "F60",
    file: SCHEDULE,
    find: `  if (policy === "skip") return now - last <= PUNCTUAL_MS ? [last] : [];`,
    replace: `  if (policy === "skip") return [last];`,
    what: "A schedule that skips missed occurrences runs the latest one.",
  },
  {
    id: "F61-drift",
    fault: "F61",
    file: SCHEDULE,
    find: `next: (after) => floor(after) + periodMs,`,
    replace: `next: (after) => after + periodMs,`,
    what: "The next occurrence is computed from the tick instead of from the previous nominal time.",
  },
  {
    id: "F61-fires-at-the-tick",
    fault: "F61",
    file: SCHEDULE,
    find: `  if (policy === "latest") return [last];`,
    replace: `  if (policy === "latest") return [now];`,
    what: "The nominal time of an occurrence is the time of the tick.",
  },
  {
    id: "F63-fires-by-its-own-clock",
    fault: "F63",
    file: "packages/core/src/schedules/fire.ts",
    find: `plan(firing, now, rows[i] ?? { cursor: now })`,
    replace: `plan(firing, firing.platform.now(), rows[i] ?? { cursor: now })`,
    what: "A schedule fires by the clock of the worker that ticks.",
  },
  {
    id: "F65-one-after-the-other",
    fault: "F65",
    file: SCHEDULE,
    find: `      const last = floor(until);
      return last > after ? last : undefined;`,
    replace: `      const last = floor(after) + periodMs;
      return last <= until ? last : undefined;`,
    what: "After a night's sleep each tick catches up with one occurrence, the oldest first.",
  },
  {
    id: "F55-fires-what-is-behind",
    fault: "F55",
    file: "packages/core/src/schedules/fire.ts",
    find: `  if (job === undefined || answer?.status !== "moved" || answer.job === undefined) return;
  emit?.({ type: "fired", schedule: name, nominal: to, id: job.id, status: answer.job.status });
  emitEnqueue(emit, job, answer.job);`,
    replace: `  if (job === undefined || answer === undefined) return;
  const became = ("job" in answer ? answer.job : undefined) ?? { status: "created" };
  emit?.({ type: "fired", schedule: name, nominal: to, id: job.id, status: became.status });
  emitEnqueue(emit, job, became);`,
    what: "A scheduler that came second reports an occurrence that another has fired.",
  },
];
