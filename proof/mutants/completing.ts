import type { Mutant } from "./mutant.ts";

const RENEW = "packages/core/src/worker/renew.ts";
const HANDLING = "packages/core/src/worker/handling.ts";
const SETTLE = "packages/core/src/worker/settle.ts";
const COMPLETION = "packages/core/src/worker/completion.ts";

/** Of jobs that their handlers complete in transactions of their own. */
export const completingMutants: readonly Mutant[] = [
  {
    id: "F32-completed-is-settled-again",
    fault: "F32",
    file: HANDLING,
    find: `run.completion?.outcome ?? outcomeOfResult(run, handler, result)`,
    replace: `outcomeOfResult(run, handler, result)`,
    what: "The worker settles a job that its handler has completed in a transaction.",
  },
  {
    id: "F91-committed-is-lost",
    fault: "F91",
    file: SETTLE,
    find: `if (completion && (answer === "repeated" || answer === "gone"))`,
    replace: `if (completion && tries > 1)`,
    what: "A job that a transaction completed counts as lost if the reply to its commit was lost.",
  },
  {
    id: "F151-completed-is-lost",
    fault: "F151",
    file: RENEW,
    find: `if (answer === "held" || run.completion)`,
    replace: `if (answer === "held")`,
    what: "A handler that works on after its commit is told that it has lost its job.",
  },
  {
    id: "F18-refused-commits",
    fault: "F18",
    file: COMPLETION,
    find: `if (answer === undefined || !isAccepted(answer))`,
    replace: `if (answer === undefined)`,
    what: "The transaction of a worker that has lost its job commits.",
  },
  {
    id: "F34-settled-with-an-open-transaction",
    fault: "F34",
    file: SETTLE,
    find: `      if (!run.completion) {`,
    replace: `      if (!run.completion || run.completion.outcome !== run.outcome) {`,
    what: "Settlements wait for a transaction of another job's handler that has not ended.",
    tests: ["test/settled-together.test.ts"],
  },
];
