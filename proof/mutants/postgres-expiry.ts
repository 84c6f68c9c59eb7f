import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/postgres/src";
const SUITE = ["test/conformance.test.ts"];

/** Of jobs in PostgreSQL that must begin in time, and of pauses that end by themselves. */
export const postgresExpiryMutants: readonly Mutant[] = [
  {
    id: "F60-postgres-expired-in-the-middle-of-its-retries",
    fault: "F60",
    file: `${FOLDER}/expiry.ts`,
    find: "and ${j}.attempt = 0 and",
    replace: "and",
    what: "In PostgreSQL, a job whose first attempt began in time expires before its second.",
    tests: SUITE,
  },
  {
    id: "F42-postgres-expired-keeps-its-key",
    fault: "F42",
    file: `${FOLDER}/claim-limited.ts`,
    find: "one.seq, one.unique_key, t, true), false)",
    replace: "one.seq, null, t, true), false)",
    what: "In PostgreSQL, a job that has expired holds its unique key for ever.",
    tests: ["test/keys.test.ts"],
  },
  {
    id: "F42-postgres-expired-keeps-its-turn",
    fault: "F42",
    file: `${FOLDER}/claim-limited.ts`,
    find: "gone := gone || one.id;",
    replace: "",
    what: "In PostgreSQL, nobody follows a job that has expired.",
    tests: SUITE,
  },
  {
    id: "F143-postgres-freed-by-the-expired-is-passed-over",
    fault: "F143",
    file: `${FOLDER}/claim-limited.ts`,
    find: "look := late = '{}';",
    replace: "look := true;",
    what: "In PostgreSQL, whoever is freed by the end of a job that has expired loses its turn in another queue of the claim.",
    tests: ["test/limits.test.ts"],
  },
  {
    id: "F66-postgres-pause-without-a-wake",
    fault: "F66",
    file: `${FOLDER}/wake.ts`,
    find: "min(greatest(f.due, pause.until))",
    replace: "min(f.due)",
    what: "In PostgreSQL, a store wakes its workers all the time for the jobs of a queue that is paused for a while.",
    tests: SUITE,
  },
];
