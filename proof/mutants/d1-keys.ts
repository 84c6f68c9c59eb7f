import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/d1/src";
const SUITE = ["test/conformance.test.ts"];

/** Of unique keys in D1. */
export const d1KeyMutants: readonly Mutant[] = [
  {
    id: "F42-d1-keyed-end-forgets",
    fault: "F42",
    file: `${FOLDER}/settle.ts`,
    find: "(related ? [FATES, leave] : [leave])",
    replace: "(related ? [FATES] : [])",
    what: "In D1, whoever waits behind a job that ends is forgotten.",
    tests: SUITE,
  },
  {
    id: "F42-d1-keyed-forgets-its-time",
    fault: "F42",
    file: `${FOLDER}/keys.ts`,
    find: "(${name}.ended IS NULL OR ${name}.about ->> '$[4].until' > ${NOW})`",
    replace: "${name}.ended IS NULL`",
    what: "In D1, a key with a time is free at its job's end.",
    tests: SUITE,
  },
  {
    id: "F40-d1-keyed-cancelled-runs-on",
    fault: "F40",
    file: `${FOLDER}/control.ts`,
    find: `{ place: "s.key", lapse: "k.until" }`,
    replace: `{ place: "s.key" }`,
    what: "In D1, whoever waits behind a cancelled job runs beside it.",
    tests: SUITE,
  },
  {
    id: "F40-d1-keyed-new-data-run-on",
    fault: "F40",
    file: `${FOLDER}/insert-keyed.ts`,
    find: "coalesce(t.about ->> '$[4].notBefore', 0)",
    replace: "0",
    what: "In D1, new data for a job that waited behind a cancelled one let it run beside that.",
    tests: SUITE,
  },
  {
    id: "F48-d1-keyed-replaces-twice",
    fault: "F48",
    file: `${FOLDER}/insert-keyed.ts`,
    find: 'AND ${from("t")} <> ${ID} ',
    replace: "",
    what: "In D1, a repeated enqueue counts the delay of its debounce anew.",
    tests: SUITE,
  },
  {
    id: "F40-d1-keyed-replays-beside",
    fault: "F40",
    file: `${FOLDER}/control.ts`,
    find: " AND h.id <> k.id)",
    replace: " AND h.id <> k.id AND FALSE)",
    what: "In D1, a dead job is replayed although another has its key.",
    tests: SUITE,
  },
  {
    id: "F94-d1-keys-of-an-older-version",
    fault: "F94",
    file: `${FOLDER}/format.ts`,
    find: "return [RAISE_FOR_KEYS];",
    replace: "return [RAISE_FORMAT];",
    what: "In D1, code that knows no keys ends jobs behind which others wait, and these never start.",
    tests: ["test/format.test.ts"],
  },
];
