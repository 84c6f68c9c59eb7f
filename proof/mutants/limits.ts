import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of limits run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of limits over all workers: who has a place, who waits for one, and whose turn it is. */
export const limitMutants: readonly Mutant[] = [
  {
    id: "F148-key-counts-each-claim",
    fault: "F148",
    file: `${MEMORY}/lanes.ts`,
    find: `      lane.running.add(row);\n`,
    replace: ``,
    what: "The limit of a key counts no running job.",
    ...CONFORMANCE,
  },
  {
    id: "F42-key-keeps-places",
    fault: "F42",
    file: `${MEMORY}/lanes.ts`,
    find: `      lane.running.delete(row);\n`,
    replace: ``,
    what: "The place of a run that has ended is never free.",
    ...CONFORMANCE,
  },
  {
    id: "F148-late-renewal-of-a-full-queue",
    fault: "F148",
    file: `${MEMORY}/settle.ts`,
    find: `row.key <= now && isFull(`,
    replace: `row.key < 0 && isFull(`,
    what: "A lease that ended is renewed beside the job that has its place.",
    ...CONFORMANCE,
  },
  {
    id: "F66-limited-end-asks-nobody",
    fault: "F66",
    file: "packages/core/src/worker/settle.ts",
    find: ` || job.limited === true;`,
    replace: `;`,
    what: "A worker does not look for the job that waited for the place of one that has ended.",
    tests: ["test/worker.test.ts"],
  },
  {
    id: "F66-limited-end-wakes-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: ` || row?.job.limits !== undefined;`,
    replace: `;`,
    what: "The end of a job with limits wakes no worker for the one that waited for its place.",
    ...CONFORMANCE,
  },
  {
    id: "F148-lines-forget-who-runs",
    fault: "F148",
    file: `${ENGINE}/lanes.ts`,
    find: `      for (const { limits } of held.values()) count(limits, 1);\n`,
    replace: ``,
    what: "After a restart, the limit of a key counts no running job.",
    ...SQLITE,
  },
  {
    id: "F42-lines-keep-the-removed",
    fault: "F42",
    file: `${ENGINE}/lanes.ts`,
    find: `      if (lanes.ready(limits.key) === id) through.set(limits.key, undefined);
      changed.add(limits.key);
    },
    leave(`,
    replace: `      changed.add(limits.key);
    },
    leave(`,
    what: "A job that was claimed still counts as the one of its key that may start, and nobody follows.",
    ...SQLITE,
  },
  {
    id: "F148-a-due-job-needs-no-place",
    fault: "F148",
    file: `${ENGINE}/claim.ts`,
    find: `!(lanes.hasPlace(limits) && `,
    replace: `!((row.attempt === 0 || lanes.hasPlace(limits)) && `,
    what: "A delayed job starts whatever runs of its key.",
    ...SQLITE,
  },
];
