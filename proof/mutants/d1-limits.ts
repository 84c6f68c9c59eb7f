import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/d1/src";
const SUITE = ["test/conformance.test.ts"];
const LIMITS = ["test/limits.test.ts"];

/** Of limits, throttles and orders in D1. */
export const d1LimitMutants: readonly Mutant[] = [
  {
    id: "F148-d1-another-starts-in-a-full-key",
    fault: "F148",
    file: `${FOLDER}/turns.ts`,
    find: "return lane.running < (limits?.running ?? Infinity);",
    replace: "return true;",
    what: "In D1, a claim takes more jobs of a key than its limit.",
    tests: SUITE,
  },
  {
    id: "F42-d1-behind-its-key-for-ever",
    fault: "F42",
    file: `${FOLDER}/let-through.ts`,
    find: "UPDATE longshore_jobs AS j SET queue = ${QUEUE}, due",
    replace: "UPDATE longshore_jobs AS j SET queue = j.queue, due",
    what: "In D1, a job whose turn behind its key has come never starts.",
    tests: SUITE,
  },
  {
    id: "F148-d1-starts-do-not-count",
    fault: "F148",
    file: `${FOLDER}/claim-limited.ts`,
    find: "rates.length > 0,",
    replace: "rates.length > 100,",
    what: "In D1, the jobs of a throttle start as often as they come.",
    tests: SUITE,
  },
  {
    id: "F148-d1-overtaken-claim-goes-on",
    fault: "F148",
    file: `${FOLDER}/claim-limited.ts`,
    find: 'failing("picture <> ?5", CHANGED)',
    replace: 'failing("picture = ?5 AND FALSE", CHANGED)',
    what: "In D1, claims at the same time take the same place of a key.",
    tests: LIMITS,
  },
  {
    id: "F148-d1-a-retry-loses-its-turn",
    fault: "F148",
    file: `${FOLDER}/claim-limited.ts`,
    find: "THEN json_set(about, '$[6].ready', 1) WHEN",
    replace: "THEN about WHEN",
    what: "In D1, while the first of an ordered key waits for its retry, the next one runs.",
    tests: LIMITS,
  },
  {
    id: "F42-d1-another-instance-lets-nobody-through",
    fault: "F42",
    file: `${FOLDER}/settle.ts`,
    find: 'AND s.value ->> 4 IS NULL, ${unlimited("j.about")}, NULL)',
    replace: "AND s.value ->> 4 IS NULL, NULL, NULL)",
    what: "In D1, whoever waits for a job that one instance claimed and another settled never starts.",
    tests: LIMITS,
  },
  {
    id: "F148-d1-number-counts-none-that-ran-before",
    fault: "F148",
    file: `${FOLDER}/places.ts`,
    find: "SET given = 2 WHERE queue = ?2",
    replace: "SET given = 2 WHERE FALSE AND queue = ?2",
    what: "In D1, the number of a queue does not count jobs that ran before the first job with one.",
    tests: LIMITS,
  },
  {
    id: "F94-d1-limits-of-an-older-version",
    fault: "F94",
    file: `${FOLDER}/format.ts`,
    find: "return [RAISE_FOR_LIMITS];",
    replace: "return [RAISE_FOR_FAMILIES];",
    what: "In D1, code that knows no limits claims jobs beyond them.",
    tests: ["test/format.test.ts"],
  },
];
