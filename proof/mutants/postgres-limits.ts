import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/postgres/src";
const SUITE = ["test/conformance.test.ts"];
const LIMITS = ["test/limits.test.ts"];

/** Of limits in PostgreSQL. */
export const postgresLimitMutants: readonly Mutant[] = [
  {
    id: "F148-postgres-lane-counts-nobody",
    fault: "F148",
    file: `${FOLDER}/lanes.ts`,
    find: "l.ids := l.ids || job_id;",
    replace: "l.ids := l.ids;",
    what: "The limit of a key counts no running job.",
    tests: SUITE,
  },
  {
    id: "F148-postgres-claim-forgets-the-number",
    fault: "F148",
    file: `${FOLDER}/claim-limited.ts`,
    find: "number := coalesce((one.limits ->> 'queue')::int4, number);",
    replace: "",
    what: "A claim takes more jobs of a queue than the number of the first allows.",
    tests: SUITE,
  },
  {
    id: "F148-postgres-late-renewal-of-a-full-queue",
    fault: "F148",
    file: `${FOLDER}/renew.ts`,
    find: `if \${isFull(schema, "one.queue", "t")} then`,
    replace: `if false then`,
    what: "A lease that ended is renewed beside the job that has its place.",
    tests: SUITE,
  },
  {
    id: "F148-postgres-deleted-keeps-its-place",
    fault: "F148",
    file: `${FOLDER}/lanes.ts`,
    find: "if most is null or coalesce(amount, 0) < most then",
    replace: "if true then",
    what: "The place of a job whose row is gone without a word is never free.",
    tests: LIMITS,
  },
  {
    id: "F42-postgres-transaction-tells-no-lane",
    fault: "F42",
    file: `${FOLDER}/lanes.ts`,
    find: "insert into ${schema}.lane_change values (nextval('${schema}.seq'), keys[i], ids[i]);",
    replace: "",
    what: "A job with a limit that was enqueued in a transaction never starts.",
    tests: LIMITS,
  },
  {
    id: "F66-postgres-limited-end-wakes-nobody",
    fault: "F66",
    file: `${FOLDER}/settle.ts`,
    find: "followed := followed or ended.limited;",
    replace: "",
    what: "The end of a job with limits wakes no worker for the one that waited for its place.",
    tests: SUITE,
  },
];
