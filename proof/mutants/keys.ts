import type { Mutant } from "./mutant.ts";

const UNIQUENESS = "packages/core/src/contract/uniqueness.ts";
const UNIQUE = "packages/core/src/jobs/unique.ts";
const RUNS = "packages/core/src/worker/runs.ts";
const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of keys run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };
const OBJECTS = { testedBy: "packages/stores/durable-objects", tests: ["test/shards.test.ts"] };

/** Of unique keys: who holds one, who waits behind, and when it is free. */
export const keyMutants: readonly Mutant[] = [
  {
    id: "F48-keyed-replaces-twice",
    fault: "F48",
    file: UNIQUENESS,
    find: `return holder.held.from === id ? { type: "answer", answer } : { type: "replace", target: "holder", answer };`,
    replace: `return { type: "replace", target: "holder", answer };`,
    what: "A repeated enqueue counts the delay of its debounce anew.",
    ...CONFORMANCE,
  },
  {
    id: "F40-keyed-update-beside-the-run",
    fault: "F40",
    file: UNIQUENESS,
    find: `  if (runs) return { type: "behind" };\n`,
    replace: `  if (runs) return { type: "insert" };\n`,
    what: "An update during a run is a job that runs beside it.",
    ...CONFORMANCE,
  },
  {
    id: "F42-keyed-time-begins-again",
    fault: "F42",
    file: UNIQUENESS,
    find: `const { since = now, until = now + (unique.forMs ?? 0), notBefore } = earlier ?? {};`,
    replace: `const { until = now + (unique.forMs ?? 0), notBefore } = earlier ?? {};\n  const since = now;`,
    what: "Every enqueue moves the longest wait of a debounce.",
    ...CONFORMANCE,
  },
  {
    id: "F42-keyed-beside-a-cancelled-run",
    fault: "F42",
    file: UNIQUENESS,
    find: `return Math.max(Math.min(dueAt, latest), notBefore);`,
    replace: `return Math.min(dueAt, latest);`,
    what: "New data for the job that waited behind a cancelled one let it start while that one may still run.",
    ...CONFORMANCE,
  },
  {
    id: "F43-keys-by-order",
    fault: "F43",
    file: UNIQUE,
    find: `.sort(([a], [b]) => (a < b ? -1 : 1))`,
    replace: ``,
    what: "The order of an object's keys makes another unique key.",
    tests: ["test/unique.test.ts"],
  },
  {
    id: "F66-keyed-end-asks-nobody",
    fault: "F66",
    file: RUNS,
    find: ` || job.uniqueKey !== undefined`,
    replace: ` || (job.uniqueKey !== undefined && false)`,
    what: "A worker does not look for the job that waited behind one with a key.",
    tests: ["test/worker.test.ts"],
  },
  {
    id: "F66-keyed-end-wakes-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `next !== undefined || table.rows.get(id)?.held !== undefined;`,
    replace: `next !== undefined || (id === "" && table.rows.get(id)?.held !== undefined);`,
    what: "The end of a job with a key wakes no worker for the one behind it.",
    ...CONFORMANCE,
  },
  {
    id: "F42-keyed-removal-holds",
    fault: "F42",
    file: `${MEMORY}/table.ts`,
    find: `  const forget = (row: Row, now: number): void => {\n    leaveKey(row, now);`,
    replace: `  const forget = (row: Row, now: number): void => {\n    if (row.leased) leaveKey(row, now);`,
    what: "The key of a removed job is never free.",
    ...CONFORMANCE,
  },
  {
    id: "F40-keyed-cancelled-runs-on",
    fault: "F40",
    file: `${MEMORY}/table.ts`,
    find: `if (heldMs === 0) leaveKey(row, now, now + untilMs);`,
    replace: `if (heldMs === 0) leaveKey(row, now, now + 0 * untilMs);`,
    what: "Whoever waits behind a cancelled job runs beside it.",
    ...CONFORMANCE,
  },
  {
    id: "F42-keyed-forgets-its-time",
    fault: "F42",
    file: `${MEMORY}/keys.ts`,
    find: `Math.max(0, until - now) : 0;`,
    replace: `Math.max(0, until - until) : 0;`,
    what: "A key with a time is free at its job's end.",
    ...CONFORMANCE,
  },
  {
    id: "F40-keyed-replays-beside",
    fault: "F40",
    file: `${MEMORY}/control.ts`,
    find: `  if (holder !== undefined && holder !== row) return false;\n`,
    replace: ``,
    what: "A dead job is replayed although another has its key.",
    ...CONFORMANCE,
  },
  {
    id: "F40-keyed-batch-sees-nothing-of-itself",
    fault: "F40",
    file: `${ENGINE}/insert-keyed.ts`,
    find: `const holder = created.slots.get(key) ?? holderOf(state, key, now);`,
    replace: `const holder = holderOf(state, key, now);`,
    what: "Two jobs of one key in a batch are both created.",
    ...SQLITE,
  },
  {
    id: "F42-keyed-completion-holds",
    fault: "F42",
    file: `${ENGINE}/settle.ts`,
    find: `lease.keep === 0 && keyOf(lease.about) === undefined`,
    replace: `lease.keep === 0`,
    what: "Whoever waits behind a completed job that is not kept is forgotten.",
    ...SQLITE,
  },
  {
    id: "F42-keyed-removal-forgets",
    fault: "F42",
    file: `${ENGINE}/control.ts`,
    find: `    leaveKey(state, row, now);\n`,
    replace: `    if (row.ended !== null) leaveKey(state, row, now);\n`,
    what: "Whoever waits behind a removed job is forgotten.",
    ...SQLITE,
  },
  {
    id: "F66-sqlite-keyed-end-wakes-nobody",
    fault: "F66",
    file: "packages/stores/sqlite/src/sqlite.ts",
    find: `return passedOn || settlements`,
    replace: `return settlements`,
    what: "The end of a job with a key wakes no other worker for the one behind it.",
    tests: ["test/store.test.ts"],
  },
  {
    id: "F43-objects-keys-cross-partitions",
    fault: "F43",
    file: "packages/stores/durable-objects/src/client/keys.ts",
    find: "key: `${partition}|${key}`",
    replace: "key: `${key}`",
    what: "Jobs of two partitions meet in a key where both happen to be in one object.",
    ...OBJECTS,
  },
];
