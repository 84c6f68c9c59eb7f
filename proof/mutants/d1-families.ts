import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/d1/src";
const SUITE = ["test/conformance.test.ts"];
const FAMILIES = ["test/families.test.ts"];

/** Of jobs in D1 that come after others. */
export const d1FamilyMutants: readonly Mutant[] = [
  {
    id: "F42-d1-end-forgets-the-children",
    fault: "F42",
    file: `${FOLDER}/settle.ts`,
    find: "(related ? [FATES, leave] : [leave])",
    replace: "(related ? [leave, leave] : [leave])",
    what: "In D1, a job whose parents have ended never starts.",
    tests: SUITE,
  },
  {
    id: "F42-d1-family-of-another-instance",
    fault: "F42",
    file: `${FOLDER}/settle.ts`,
    find: 'iif(${ENDS} AND ${HOLDS}, ${unrelated("j.about")}, NULL)',
    replace: "NULL",
    what: "In D1, a job whose parent was claimed by one instance and settled by another never starts.",
    tests: FAMILIES,
  },
  {
    id: "F42-d1-looks-at-a-parent-that-ends",
    fault: "F42",
    file: `${FOLDER}/children.ts`,
    find: "q.ended IS NULL AND q.id NOT IN (SELECT id FROM over) AND",
    replace: "q.ended IS NULL AND",
    what: "In D1, a job that goes on to look at a parent which ends in the same call never starts.",
    tests: SUITE,
  },
  {
    id: "F42-d1-parent-with-new-data",
    fault: "F42",
    file: `${FOLDER}/insert-keyed.ts`,
    find: "json_set(value ->> 9, '$[5]', json(coalesce(t.about -> '$[5]', 'null')))",
    replace: "json_set(value ->> 9, '$[5]', NULL)",
    what: "In D1, whoever waits for a job with a unique key that gets new data never starts.",
    tests: FAMILIES,
  },
  {
    id: "F48-d1-parent-is-not-held",
    fault: "F48",
    file: `${FOLDER}/settle.ts`,
    find: "...(ends && related ? [",
    replace: "...(ends && related && settlements.length === 0 ? [",
    what: "In D1, the result of a parent is gone before its child has read it.",
    tests: SUITE,
  },
  {
    id: "F40-d1-child-beside-the-cancelled",
    fault: "F40",
    file: `${FOLDER}/control.ts`,
    find: `place: "0", lapse: "k.until" }),`,
    replace: `place: "0", lapse: "NULL" }),`,
    what: "In D1, a child runs beside the cancelled run of its parent.",
    tests: SUITE,
  },
  {
    id: "F42-d1-other-parents-are-forgotten",
    fault: "F42",
    file: `${FOLDER}/children.ts`,
    find: "AND ${FAILED} AND q.id NOT IN (SELECT id FROM fallen)",
    replace: "AND FALSE",
    what: "In D1, a replay of one parent revives a child of which another parent is dead.",
    tests: SUITE,
  },
  {
    id: "F48-d1-part-of-a-call",
    fault: "F48",
    file: `${FOLDER}/link.ts`,
    find: "insertingRounds(\n  MARKED,",
    replace: 'insertingRounds(\n  "TRUE",',
    what: "In D1, a call that is answered as failed has enqueued its jobs.",
    tests: SUITE,
  },
  {
    id: "F94-d1-families-of-an-older-version",
    fault: "F94",
    file: `${FOLDER}/format.ts`,
    find: "return [RAISE_FOR_FAMILIES];",
    replace: "return [RAISE_FOR_KEYS];",
    what: "In D1, code that knows no parents ends jobs for which others wait, and these never start.",
    tests: ["test/format.test.ts"],
  },
];
