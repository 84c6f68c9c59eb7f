import type { Mutant } from "./mutant.ts";

const HANDLE_MANY = "packages/core/src/worker/handle-many.ts";
const BULK = "packages/core/src/jobs/bulk.ts";

/** Of handlers that run many jobs in one call, and of verbs for all jobs that a filter matches. */
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
  {
    id: "F24-first-page-only",
    fault: "F24",
    file: BULK,
    find: `if (cursor === undefined || seen >= limit) return soFar;`,
    replace: `return soFar;`,
    what: "Of the dead letters that a filter matches only the first page is replayed.",
  },
  {
    id: "F24-dry-run-acts",
    fault: "F24",
    file: BULK,
    find: `const answers = dryRun || jobs.length === 0 ?`,
    replace: `const answers = jobs.length === 0 ?`,
    what: "A dry run does what it should only tell.",
  },
  {
    id: "F24-no-filter-is-all",
    fault: "F24",
    file: "packages/core/src/jobs/job-filter.ts",
    find: `given.every((one) => one === undefined)`,
    replace: `given.length === 0`,
    what: "A filter whose values are missing by mistake matches every job.",
  },
  {
    id: "F24-one-entry-is-enough",
    fault: "F24",
    file: "packages/core/src/jobs/job-filter.ts",
    find: `entries.every(([key, value])`,
    replace: `entries.some(([key, value])`,
    what: "A job matches by one of several metadata.",
  },
  {
    id: "F24-stops-what-runs",
    fault: "F24",
    file: BULK,
    find: `({ state }) => state === "active"`,
    replace: `() => false`,
    what: "What runs is cancelled with what waits.",
  },
  {
    id: "F27-replays-all-at-once",
    fault: "F27",
    file: BULK,
    find: `if (waitMs > 0) await`,
    replace: `if (waitMs > Infinity) await`,
    what: "Replays do not keep the pace that was asked for.",
  },
];
