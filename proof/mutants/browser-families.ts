import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/indexeddb/src";
const SUITE = { tests: ["test/conformance.test.ts"] };

/** Of jobs in a browser that come after others. */
export const browserFamilyMutants: readonly Mutant[] = [
  {
    id: "F42-indexeddb-parents-are-counted-from-the-disk",
    fault: "F42",
    file: `${FOLDER}/family.ts`,
    find: `return open.get(id) ?? (await`,
    replace: `return (await`,
    what: "In a browser, a job whose parents end in one call never starts.",
    ...SUITE,
  },
  {
    id: "F42-indexeddb-removed-parents-are-waited-for",
    fault: "F42",
    file: `${FOLDER}/ledger.ts`,
    find: `ended === undefined && (!facts || facts.ended !== undefined)`,
    replace: `ended === undefined && facts?.ended !== undefined`,
    what: "In a browser, a job whose parent is removed waits for ever.",
    ...SUITE,
  },
  {
    id: "F48-indexeddb-parents-stand-for-nobody",
    fault: "F48",
    file: `${FOLDER}/row.ts`,
    find: `const mayBeNeeded = facts.n !== undefined && state !== "dead";`,
    replace: `const mayBeNeeded = false as boolean;`,
    what: "In a browser, the result of a parent is gone before its child reads it.",
    ...SUITE,
  },
  {
    id: "F48-indexeddb-parents-stand-for-ever",
    fault: "F48",
    file: `${FOLDER}/family.ts`,
    find: `    for (const parent of await standing(ledger, row.parents)) await letGo(ledger, parent.id, parent.n);\n`,
    replace: ``,
    what: "In a browser, a parent that is not kept stands after its children have ended.",
    ...SUITE,
  },
];
