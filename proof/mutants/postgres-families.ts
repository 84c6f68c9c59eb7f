import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/postgres/src";
const SUITE = ["test/conformance.test.ts"];
const FAMILIES = ["test/families.test.ts"];

/** Of jobs in PostgreSQL that come after others. */
export const postgresFamilyMutants: readonly Mutant[] = [
  {
    id: "F42-postgres-child-that-somebody-has",
    fault: "F42",
    file: `${FOLDER}/fates.ts`,
    find: "return ${schema}.tell_child(t, number, child_name, parent_number, ended_so, not_before, true);",
    replace: "return null;",
    what: "In PostgreSQL, a job whose parents end at the same time never starts.",
    tests: FAMILIES,
  },
  {
    id: "F42-postgres-child-under-a-snapshot",
    fault: "F42",
    file: `${FOLDER}/fates.ts`,
    find: "if ${IS_SNAPSHOT} then update",
    replace: "if false then update",
    what: "In PostgreSQL, a job whose parents end under snapshots never starts.",
    tests: FAMILIES,
  },
  {
    id: "F48-postgres-parent-is-not-held",
    fault: "F48",
    file: `${FOLDER}/fates.ts`,
    find: "where id = job_id and expires < ${HELD} and ${hasChildren",
    replace: "where false and ${hasChildren",
    what: "In PostgreSQL, the result of a parent is gone before its child has read it.",
    tests: SUITE,
  },
  {
    id: "F42-postgres-parent-with-new-data",
    fault: "F42",
    file: `${FOLDER}/enqueue-keyed.ts`,
    find: "if target.number is not null then",
    replace: "if false then",
    what: "In PostgreSQL, whoever waits for a job with a unique key that gets new data never starts.",
    tests: FAMILIES,
  },
];
