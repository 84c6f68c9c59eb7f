import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/sqlite/src";

/** Of what SQLite files have besides the engine: transactions of the user's, several processes, groups of calls. */
export const sqliteMutants: readonly Mutant[] = [
  {
    id: "F34-sqlite-group-shares-a-failure",
    fault: "F34",
    file: `${FOLDER}/grouping.ts`,
    find: `else for (const { jobs, resolve, reject } of calls) await enqueue(jobs).then(resolve, reject);`,
    replace: `else for (const { reject } of calls) reject(error);`,
    what: "A call that the database refuses takes the others of its turn along.",
    tests: ["test/grouping.test.ts"],
  },
  {
    id: "F45-sqlite-answers-of-another-call",
    fault: "F45",
    file: `${FOLDER}/grouping.ts`,
    find: `resolve(answers.slice(from, (from += jobs.length)));`,
    replace: `resolve(answers.slice(0, (from += jobs.length)));`,
    what: "A call of a group is told what became of another's jobs.",
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
    find: `settlements.some(({ outcome, next }) => outcome.type !== "complete" || next !== undefined),`,
    replace: `settlements.some(({ next }) => next !== undefined),`,
    what: "A job that is to be retried sooner than all others wakes no worker.",
    tests: ["test/conformance.test.ts"],
  },
];
