import type { Mutant } from "./mutant.ts";

const LOOP = "packages/core/src/worker/loop.ts";
const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of times to begin run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of jobs that must begin in time. */
export const expiryMutants: readonly Mutant[] = [
  {
    id: "F66-a-drain-ends-with-the-late",
    fault: "F66",
    file: LOOP,
    find: ` || jobs.some(isExpired)) return 0;`,
    replace: `) return 0;`,
    what: "A worker does not look for what was due behind jobs that had expired.",
    ...CONFORMANCE,
  },
  {
    id: "F66-expiry-wakes-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `      if (jobs.some(({ expired }) => expired)) wake();\n`,
    replace: ``,
    what: "Workers of other queues do not learn that a job may run whose parent has expired.",
    ...CONFORMANCE,
  },
  {
    id: "F60-expired-in-the-middle-of-its-retries",
    fault: "F60",
    file: `${MEMORY}/row.ts`,
    find: `now > beginBy && attempt === 0 && !leased;`,
    replace: `now > beginBy && !leased;`,
    what: "A job whose first attempt began in time expires before its second.",
    ...CONFORMANCE,
  },
  {
    id: "F60-a-child-is-late-at-once",
    fault: "F60",
    file: `${MEMORY}/table.ts`,
    find: `      row.key = Math.max(row.key, notBefore);
      startPatience(row, now);
`,
    replace: `      row.key = Math.max(row.key, notBefore);
`,
    what: "The time within which a job must begin counts while it waits for its parents.",
    ...CONFORMANCE,
  },
  {
    id: "F60-rows-that-began-expire",
    fault: "F60",
    file: `${ENGINE}/expiry.ts`,
    find: `return attempt === 0 && now >`,
    replace: `return now >`,
    what: "In SQLite, a job whose first attempt began in time expires before its second.",
    ...SQLITE,
  },
  {
    id: "F42-rows-that-expired-keep-their-line",
    fault: "F42",
    file: `${ENGINE}/expire.ts`,
    find: `    state.lanes.leave(id, about, false);\n`,
    replace: ``,
    what: "In SQLite, an expired job is still the one of its limit's key that may start, and nobody follows.",
    ...SQLITE,
  },
  {
    id: "F60-rows-run-at-once-are-late",
    fault: "F60",
    file: `${ENGINE}/control.ts`,
    find: `wait(state, withPatience({ ...row, due: now }, now), now, now);`,
    replace: `wait(state, row, now, now);`,
    what: "In SQLite, the time to begin of a job that an operator runs at once counts from when it was due.",
    ...SQLITE,
  },
];
