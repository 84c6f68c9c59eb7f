import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of orders run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of jobs with a key that run one after the other. */
export const orderMutants: readonly Mutant[] = [
  {
    id: "F148-a-retry-loses-its-turn",
    fault: "F148",
    file: `${MEMORY}/table.ts`,
    find: `      const keeps = lanes.keep(row);\n      if (!keeps)`,
    replace: `      const keeps = false;\n      if (!keeps)`,
    what: "While the first of an ordered key waits for its retry, the next one runs.",
    ...CONFORMANCE,
  },
  {
    id: "F148-sqlite-a-retry-loses-its-turn",
    fault: "F148",
    file: `${ENGINE}/wait.ts`,
    find: `hasTurn && isOrdered(row.about)`,
    replace: `hasTurn && row.about === ""`,
    what: "In a Durable Object or a SQLite file, the next of an ordered key runs while the first waits for its retry.",
    ...SQLITE,
  },
  {
    id: "F148-sqlite-a-delayed-job-passes",
    fault: "F148",
    file: `${ENGINE}/claim.ts`,
    find: ` && lanes.hasTurn(limits, row.id)`,
    replace: ``,
    what: "In a Durable Object or a SQLite file, a job of an ordered key that was delayed passes the first.",
    ...SQLITE,
  },
  {
    id: "F148-http-an-order-of-two",
    fault: "F148",
    file: "packages/http/src/server/values.ts",
    find: `read.running === 1 && `,
    replace: ``,
    what: "Over HTTP comes a job whose order lets two run at a time, which no store knows.",
    tests: ["test/values.test.ts"],
  },
];
