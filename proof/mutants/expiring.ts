import type { Mutant } from "./mutant.ts";

const LOOP = "packages/core/src/worker/loop.ts";
const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
const BROWSER = "packages/stores/indexeddb/src";
/** The cases of times to begin run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };
const IN_A_PAGE = { tests: ["test/conformance.test.ts"] };

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
    file: `${MEMORY}/ending.ts`,
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
    id: "F60-indexeddb-rows-that-began-expire",
    fault: "F60",
    file: `${BROWSER}/expiry.ts`,
    find: `return attempt === 0 && beginBy`,
    replace: `return beginBy`,
    what: "In a browser, a job whose first attempt began in time expires before its second.",
    ...IN_A_PAGE,
  },
  {
    id: "F42-indexeddb-expired-keeps-its-key",
    fault: "F42",
    file: `${BROWSER}/claim.ts`,
    find: `await load([], [row.held.key]);`,
    replace: `await load([]);`,
    what: "In a browser, who waits behind a job that has expired is blocked for ever.",
    ...IN_A_PAGE,
  },
  {
    id: "F66-indexeddb-pause-without-a-wake",
    fault: "F66",
    file: `${BROWSER}/schedules.ts`,
    find: `Math.max(await firstAt(queue), pausedUntil)`,
    replace: `await firstAt(queue)`,
    what: "In a browser, a store wakes its workers all the time for the jobs of a queue that is paused for a while.",
    ...IN_A_PAGE,
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
    find: `wait(state, withPatience({ ...row, due: now }, now), now, now, hasTurn(row));`,
    replace: `wait(state, row, now, now, hasTurn(row));`,
    what: "In SQLite, the time to begin of a job that an operator runs at once counts from when it was due.",
    ...SQLITE,
  },
];
