import type { Mutant } from "./mutant.ts";

const ENGINE = "packages/stores/sqlite-engine/src";

/** Of the jobs that live in an object's ledger. */
export const smallJobMutants: readonly Mutant[] = [
  {
    id: "F107-restart-forgets-the-ledgers-jobs",
    fault: "F107",
    file: `${ENGINE}/leases.ts`,
    find: `      small.load(packed, kept);`,
    replace: `      small.load(packed.slice(packed.length), kept);`,
    what: "A restarted object does not load the jobs in the ledger.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F03-the-ledgers-jobs-change-in-memory",
    fault: "F03",
    file: `${ENGINE}/leases.ts`,
    find: `if (!changed && !small.changed) return;`,
    replace: `if (!changed) return;`,
    what: "A job in the ledger is enqueued and settled in memory only, until the next claim.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F02-sweep-of-an-earlier-row",
    fault: "F02",
    file: `${ENGINE}/tables.ts`,
    find: `else if (home === "added") sql(ERASE, row.id);`,
    replace: `else void ERASE;`,
    what: "The row of an expired job stays beside a job of its id in the ledger, which the sweep of that row takes away.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F143-rows-before-the-ledger",
    fault: "F143",
    file: `${ENGINE}/waiting.ts`,
    find: `[...rows, ...others].sort(byPriority).slice(0, most)`,
    replace: `[...rows, ...others].slice(0, most)`,
    what: "A claim takes jobs with rows before those in the ledger, whatever their order.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F142-a-ledger-without-a-bound",
    fault: "F142",
    file: `${ENGINE}/small-jobs.ts`,
    find: `characters.open + length <= room.open && (row.waiting`,
    replace: `characters.open + length <= Infinity && (row.waiting`,
    what: "The ledger has as many jobs as start.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F142-a-ledger-full-of-what-waits",
    fault: "F142",
    file: `${ENGINE}/small-jobs.ts`,
    find: `characters.waiting + length <= room.open / 2`,
    replace: `characters.waiting + length <= Infinity`,
    what: "Jobs that wait take the room in the ledger of those that start.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F42-a-parent-in-the-ledger",
    fault: "F42",
    file: `${ENGINE}/link.ts`,
    find: `  tables.putApart(jobs.flatMap(({ after }) => after?.jobs.map(({ id }) => id) ?? []));\n`,
    replace: ``,
    what: "A job cannot come after one that is in the ledger.",
    tests: ["test/small-jobs.test.ts"],
  },
  {
    id: "F76-ledger-of-a-later-format",
    fault: "F76",
    file: `${ENGINE}/leases.ts`,
    find: `small.size > 0 ? LEDGER_FORMAT : 0;`,
    replace: `0;`,
    what: "Older code goes on where jobs are in the ledger, and loses them.",
    tests: ["test/small-jobs.test.ts"],
  },
];
