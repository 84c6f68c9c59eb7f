import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/indexeddb/src";
const SUITE = { tests: ["test/conformance.test.ts"] };

/** Of limits, throttles, orders and full queues in a browser. */
export const browserLimitMutants: readonly Mutant[] = [
  {
    id: "F148-indexeddb-claim-counts-only-what-is-stored",
    fault: "F148",
    file: `${FOLDER}/lanes.ts`,
    find: `ledger.countNow(runs, isIn(key, "runs")) < running`,
    replace: `runs < running`,
    what: "In a browser, a claim of several jobs takes more of a key than its limit.",
    ...SUITE,
  },
  {
    id: "F42-indexeddb-behind-the-first-page-nobody-starts",
    fault: "F42",
    file: `${FOLDER}/lanes.ts`,
    find: `lane.after = await readParked(ledger, key, lane.after);`,
    replace: `return found;`,
    what: "In a browser, a claim takes no more jobs of a key than it read at first.",
    tests: ["test/tabs.test.ts"],
  },
  {
    id: "F148-indexeddb-claim-forgets-the-number",
    fault: "F148",
    file: `${FOLDER}/places.ts`,
    find: `queue.number = number ?? queue.number;`,
    replace: ``,
    what: "In a browser, a claim takes more jobs of a queue than the number of the first allows.",
    ...SUITE,
  },
  {
    id: "F148-indexeddb-late-renewal-of-a-full-queue",
    fault: "F148",
    file: `${FOLDER}/settle.ts`,
    find: `if (await places.isFull(row.queue)) return "lost";`,
    replace: ``,
    what: "In a browser, a lease that ended is renewed beside the job that has its place.",
    ...SUITE,
  },
  {
    id: "F27-indexeddb-take-over-counts-as-a-start",
    fault: "F27",
    file: `${FOLDER}/rates.ts`,
    find: `if (leased || key === undefined`,
    replace: `if (key === undefined`,
    what: "In a browser, the next claim of a job whose worker vanished counts against its rate.",
    ...SUITE,
  },
  {
    id: "F148-indexeddb-retry-loses-its-turn",
    fault: "F148",
    file: `${FOLDER}/settle.ts`,
    find: `...(settled.limits?.ordered && { turn: "ready" })`,
    replace: ``,
    what: "In a browser, a job that waits for its retry lets the next of its order pass.",
    ...SUITE,
  },
  {
    id: "F149-indexeddb-depth-forgets-its-own-call",
    fault: "F149",
    file: `${FOLDER}/depth.ts`,
    find: `return ledger.countNow(openOf(ledger.queues.get(queue)), (row) => row.queue === queue && row.ended === undefined);`,
    replace: `return openOf(ledger.queues.get(queue));`,
    what: "In a browser, one call puts more jobs into a queue than it allows.",
    ...SUITE,
  },
];
