import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/sqlite/src";
/** The core's, and tested where it is used. */
const GROUPS = "packages/core/src/runtime/groups.ts";

/** Of what SQLite files have besides the engine: transactions of the user's, several processes, groups of calls. */
export const sqliteMutants: readonly Mutant[] = [
  {
    id: "F45-group-answers-of-another-call",
    fault: "F45",
    file: GROUPS,
    find: `resolve(answers.slice(from, (from += items.length)));`,
    replace: `resolve(answers.slice(0, (from += items.length)));`,
    what: "A call that went together with another is told what became of the other's jobs.",
    testedBy: "packages/stores/sqlite",
    tests: ["test/grouping.test.ts"],
  },
  {
    id: "F41-sqlite-without-a-transaction",
    fault: "F41",
    file: `${FOLDER}/transactions.ts`,
    find: `      if (!isOpen()) throw new LongshoreError("invalid_option", NOT_OPEN);\n`,
    replace: ``,
    what: "within() without a transaction enqueues at once, and no rollback takes it back.",
    tests: ["test/transactions.test.ts"],
  },
  {
    id: "F102-sqlite-memory-survives-a-rollback",
    fault: "F102",
    file: `${FOLDER}/transactions.ts`,
    find: `    pending = false;
    forget();`,
    replace: `    pending = false;`,
    what: "A job whose transaction was rolled back is still in the store's memory.",
    tests: ["test/transactions.test.ts"],
  },
  {
    id: "F41-sqlite-claims-in-the-users-transaction",
    fault: "F41",
    file: `${FOLDER}/transactions.ts`,
    find: `        if (isOpen()) {`,
    replace: `        if (isOpen() && !patient) {`,
    what: "A worker's claim is rolled back with a transaction of the user's.",
    tests: ["test/transactions.test.ts"],
  },
  {
    id: "F88-sqlite-does-not-hear-other-processes",
    fault: "F88",
    file: `${FOLDER}/wake-ups.ts`,
    find: `if (before !== undefined && before !== seen) wake();`,
    replace: `if (before !== undefined && before > seen) wake();`,
    what: "Other processes' jobs wake nobody.",
    tests: ["test/sharing.test.ts"],
  },
  {
    id: "F86-sqlite-a-lock-is-an-error",
    fault: "F86",
    file: `${FOLDER}/transactions.ts`,
    find: `if (!isLocked(error)) throw error;`,
    replace: `if (patient || !isLocked(error)) throw error;`,
    what: "A call fails while another process writes.",
    tests: ["test/sharing.test.ts"],
  },
  {
    id: "F66-sqlite-a-retry-wakes-nobody",
    fault: "F66",
    file: `${FOLDER}/sqlite.ts`,
    find: `settlements.some(({ outcome, next }) => outcome.type !== "complete" || next !== undefined);`,
    replace: `settlements.some(({ next }) => next !== undefined);`,
    what: "A job that is to be retried sooner than all others wakes no worker.",
    tests: ["test/conformance.test.ts"],
  },
];
