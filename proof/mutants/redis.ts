import type { Mutant } from "./mutant.ts";

const REDIS = "packages/stores/redis/src";
/** The suite, and what a row must leave behind: nothing. */
const ON_REDIS = { tests: ["test/conformance.test.ts", "test/store.test.ts"] };

/** Of what the scripts of Redis do for rows that have an extra. */
export const redisMutants: readonly Mutant[] = [
  {
    id: "F60-redis-expired-in-the-middle-of-its-retries",
    fault: "F60",
    file: `${REDIS}/claim.ts`,
    find: `now > by and r.attempt == 0 and not r.leased`,
    replace: `now > by and not r.leased`,
    what: "In Redis, a job whose first attempt began in time expires before its second.",
    ...ON_REDIS,
  },
  {
    id: "F60-redis-rows-run-at-once-are-late",
    fault: "F60",
    file: `${REDIS}/control.ts`,
    find: `    r.due = now\n    patience(r)\n`,
    replace: `    r.due = now\n`,
    what: "In Redis, the time to begin of a job that an operator runs at once counts from when it was due.",
    ...ON_REDIS,
  },
];
