import type { Mutant } from "./mutant.ts";

const CHANGE = "packages/core/src/jobs/change.ts";
const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src/update.ts";
/** The cases of updates run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of changes to jobs that have not begun. */
export const updateMutants: readonly Mutant[] = [
  {
    id: "F145-updates-what-may-run",
    fault: "F145",
    file: `${MEMORY}/memory.ts`,
    find: `if (row.leased || row.history?.ended !== undefined)`,
    replace: `if (state === "active" || row.history?.ended !== undefined)`,
    what: "A stalled job is changed, and its slow worker completes the input of before.",
    ...CONFORMANCE,
  },
  {
    id: "F06-updates-another-name",
    fault: "F06",
    file: `${MEMORY}/memory.ts`,
    find: `row === undefined || row.job.name !== change.name`,
    replace: `row === undefined`,
    what: "A job gets the input of another definition.",
    ...CONFORMANCE,
  },
  {
    id: "F151-updates-without-metadata-of-the-input",
    fault: "F151",
    file: CHANGE,
    find: `return { ...rest, data: { payload, headers } };`,
    replace: `return { ...rest, data: { payload, headers: definition.headers() } };`,
    what: "A changed input loses the metadata that is derived from it.",
    tests: ["test/update.test.ts"],
  },
  {
    id: "F66-updates-leave-the-old-place",
    fault: "F66",
    file: ENGINE,
    find: `  if (row.waiting === 1) state.waiting.leave(row);\n`,
    replace: ``,
    what: "SQLite goes on looking for a job where it waited before its change.",
    ...SQLITE,
  },
  {
    id: "F145-updates-a-leased-row",
    fault: "F145",
    file: ENGINE,
    find: `if (lease !== undefined || row.ended !== null)`,
    replace: `if (row.ended !== null)`,
    what: "In SQLite a job is changed while it runs.",
    ...SQLITE,
  },
];
