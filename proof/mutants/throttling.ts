import type { Mutant } from "./mutant.ts";

const RATE = "packages/core/src/contract/rate.ts";
const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of rates run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const HISTORIES = { testedBy: "packages/conformance", tests: ["test/differential.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of rates: when the next job of a key may start. */
export const throttleMutants: readonly Mutant[] = [
  {
    id: "F27-rate-has-no-burst",
    fault: "F27",
    file: RATE,
    find: `tat - (rate.burst - 1) * rate.everyMs : now;`,
    replace: `tat : now;`,
    what: "After a pause, a throttle starts one job and not its burst.",
    ...CONFORMANCE,
  },
  {
    id: "F27-rate-saves-up",
    fault: "F27",
    file: RATE,
    find: `Math.max(tat, now) : now)`,
    replace: `tat : now)`,
    what: "A throttle makes up for a pause with more jobs at once than its burst.",
    ...CONFORMANCE,
  },
  {
    id: "F54-rate-waits-for-the-clock",
    fault: "F54",
    file: RATE,
    find: `tat <= now + (burst + 1) * everyMs;`,
    replace: `tat < Infinity;`,
    what: "When the clock is set back, a throttle starts nothing until the time is reached again.",
    testedBy: "packages/core",
    tests: ["test/throttle.test.ts"],
  },
  {
    id: "F27-retries-count-against-no-rate",
    fault: "F27",
    file: `${MEMORY}/lanes.ts`,
    find: `const rate = row.leased ? undefined`,
    replace: `const rate = row.attempt > 0 ? undefined`,
    what: "A retry does not count against the rate of its key.",
    ...HISTORIES,
  },
  {
    id: "F27-a-due-job-needs-no-rate",
    fault: "F27",
    file: `${MEMORY}/lanes.ts`,
    find: ` && freeAt(lane, row, now) <= now;`,
    replace: `;`,
    what: "A job whose delay is over starts whatever the rate of its key.",
    ...CONFORMANCE,
  },
  {
    id: "F27-rows-forget-the-rate",
    fault: "F27",
    file: `${ENGINE}/lanes.ts`,
    find: `        tables.setMeta(TAT + limits.key, tat);\n`,
    replace: ``,
    what: "After a restart, a throttle starts its burst anew.",
    ...SQLITE,
  },
  {
    id: "F27-a-due-row-needs-no-rate",
    fault: "F27",
    file: `${ENGINE}/claim.ts`,
    find: ` && lanes.opensAt(limits, now) <= now)\n        ) {`,
    replace: `)\n        ) {`,
    what: "In SQLite, a job whose delay is over starts whatever the rate of its key.",
    ...SQLITE,
  },
  {
    id: "F27-run-now-keeps-the-turn",
    fault: "F27",
    file: `${ENGINE}/control.ts`,
    find: `    state.lanes.leave(row.id, row.about, false);\n`,
    replace: ``,
    what: "In SQLite, a runNow of the job that its rate lets start next stops all with its key until a restart.",
    ...SQLITE,
  },
];
