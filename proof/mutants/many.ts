import type { Mutant } from "./mutant.ts";

const HANDLE_MANY = "packages/core/src/worker/handle-many.ts";

/** Of handlers that run many jobs in one call. */
export const manyMutants: readonly Mutant[] = [
  {
    id: "F34-silence-is-success",
    fault: "F34",
    file: HANDLE_MANY,
    find: `else reject(answer?.status === "rejected" ? answer.reason : noAnswer(i, called.length));`,
    replace: `else if (answer?.status === "rejected") reject(answer.reason);\n        else resolve(noAnswer(i, called.length));`,
    what: "A job for which a handler of many jobs answered nothing is completed.",
  },
  {
    id: "F34-answers-of-others",
    fault: "F34",
    file: HANDLE_MANY,
    find: `const answer = answers[i];`,
    replace: `const answer = answers[called.length - 1 - i];`,
    what: "Jobs that run together get the outcomes of each other.",
  },
  {
    id: "F34-one-too-many",
    fault: "F34",
    file: HANDLE_MANY,
    find: `if (waiting.size >= size) void call();`,
    replace: `if (waiting.size > size) void call();`,
    what: "A handler of many jobs is not called when it is full, but when its wait is over.",
  },
  {
    id: "F34-runs-what-timed-out",
    fault: "F34",
    file: HANDLE_MANY,
    find: `if (!waiting.delete(one)) return;`,
    replace: `if (!waiting.has(one)) return;`,
    what: "A job whose time was up while it waited for others is run with them.",
  },
  {
    id: "F34-delivered-in-parts",
    fault: "F34",
    file: "packages/core/src/worker/runs.ts",
    find: `Math.max(OTHER_SLOTS, ...sizes)`,
    replace: `Math.min(OTHER_SLOTS, ...sizes)`,
    what: "A delivered batch of another queue does not reach a handler of many jobs whole.",
  },
];
