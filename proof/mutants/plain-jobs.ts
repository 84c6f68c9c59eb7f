import type { Mutant } from "./mutant.ts";

const INSERTS = {
  file: "packages/stores/sqlite-engine/src/insert-plain.ts",
  testedBy: "packages/stores/sqlite",
  tests: ["test/plain-jobs.test.ts"],
};

const SHARING = "packages/stores/sqlite-engine/src/sharing.ts";

/** Of the jobs that a SQLite file takes by an insert alone. */
export const plainJobMutants: readonly Mutant[] = [
  {
    ...INSERTS,
    id: "F02-a-lone-job-by-old-memory",
    fault: "F02",
    find: `AND rev=?`,
    replace: `AND ?>0`,
    what: "A job that comes alone is written by what memory says, although another process has taken numbers.",
  },
  {
    ...INSERTS,
    id: "F02-a-lone-job-by-memory-of-a-rollback",
    fault: "F02",
    find: ` || atomic.isStale()`,
    replace: ``,
    what: "A job that comes alone gets the token of a claim that was rolled back, so that its own lease does not count.",
  },
  {
    ...INSERTS,
    file: SHARING,
    id: "F02-numbers-taken-without-a-word",
    fault: "F02",
    find: `(mark === undefined ? told : Math.max(told, lastOfThisMs()))`,
    replace: `Math.max(told, lastOfThisMs())`,
    what: "A process that takes numbers after those of another does not tell, and that one goes on by its memory.",
  },
  {
    ...INSERTS,
    file: SHARING,
    id: "F02-a-mark-that-another-has-replaced",
    fault: "F02",
    find: `      mark = undefined;\n`,
    replace: ``,
    what: "A process whose mark another one has replaced goes on as if it were there, and leaves no other.",
  },
  {
    ...INSERTS,
    file: SHARING,
    id: "F02-a-lone-job-numbered-ahead",
    fault: "F02",
    find: `(tables.newest() < lastOfThisMs() ? mark : undefined)`,
    replace: `mark`,
    what: "A job that comes alone gets a number that no other process knows of, so that later jobs run before it.",
  },
  {
    ...INSERTS,
    id: "F149-a-plain-job-is-not-counted",
    fault: "F149",
    find: ` && !depths.isCounted(job.queue)`,
    replace: ``,
    what: "A job without a maxDepth does not count in a queue that has one.",
  },
  {
    ...INSERTS,
    id: "F45-duplicates-of-a-call-are-created",
    fault: "F45",
    find: `< some.length) throw TAKEN;`,
    replace: `< 0) throw TAKEN;`,
    what: "A job of a call whose id stands is answered as created.",
  },
  {
    ...INSERTS,
    id: "F45-inserts-before-a-duplicate-stay",
    fault: "F45",
    find: `    database.transaction(() => {`,
    replace: `    [0].forEach(() => {`,
    what: "The jobs of a call before one whose id stands are answered as duplicates of themselves.",
  },
  {
    ...INSERTS,
    id: "F45-a-lone-duplicate-is-created",
    fault: "F45",
    find: `return duplicate(state, job.id);`,
    replace: `return [{ status: "created" }];`,
    what: "A job that comes alone is answered as created although its id stands.",
  },
];
