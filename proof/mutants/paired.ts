import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/paired/src";

/** Of a store and a broker as one. */
export const pairedMutants: readonly Mutant[] = [
  {
    id: "F01-runs-without-a-lease",
    fault: "F01",
    file: `${FOLDER}/runner.ts`,
    find: `return whole.filter((_, i) => answers[i] === "held");`,
    replace: `return whole.filter((_, i) => answers[i] !== undefined);`,
    what: "A message is run although another worker holds the job's lease by now.",
    tests: ["test/carry.test.ts"],
  },
  {
    id: "F11-trusts-a-slow-renewal",
    fault: "F11",
    file: `${FOLDER}/runner.ts`,
    find: `    if (clock() - sentAt > leaseMs / 2) return [];\n`,
    replace: ``,
    what: "A renewal that took most of the lease counts as a full lease.",
    tests: ["test/carry.test.ts"],
  },
  {
    id: "F112-doubled-message-runs-twice",
    fault: "F112",
    file: `${FOLDER}/runner.ts`,
    find: `return jobs.filter(({ token }) => !running.has(token) && running.set(token, now));`,
    replace: `return jobs.filter(({ token }) => running.set(token, now));`,
    what: "Two messages of one claim run at the same time in one process.",
    tests: ["test/carry.test.ts"],
  },
  {
    id: "F71-untaken-cost-an-attempt",
    fault: "F71",
    file: `${FOLDER}/carrying.ts`,
    find: `  await giveBack(store, failed);\n`,
    replace: ``,
    what: "A job whose message the broker refused waits for the end of its lease, and uses an attempt.",
    tests: ["test/carry.test.ts"],
  },
  {
    id: "F143-long-queue-first",
    fault: "F143",
    file: `${FOLDER}/carrying.ts`,
    find: `Math.floor(room / (due.length - i))`,
    replace: `room`,
    what: "A long queue takes the whole window.",
    tests: ["test/in-flight.test.ts"],
  },
  {
    id: "F66-settlement-makes-no-room",
    fault: "F66",
    file: `${FOLDER}/paired.ts`,
    find: `    settle: then((settlements) => store.settle(settlements)),\n`,
    replace: ``,
    what: "A settlement frees a place, and no job is dispatched into it.",
    tests: ["test/background.test.ts"],
  },
];
