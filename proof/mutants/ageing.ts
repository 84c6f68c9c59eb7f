import type { Mutant } from "./mutant.ts";

const ENGINE = "packages/stores/sqlite-engine/src";
/** Where the cases of ages run. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };
const OBJECT = { testedBy: "packages/stores/durable-objects", tests: ["test/capacity.test.ts"] };

/** Of priorities that age. */
export const ageingMutants: readonly Mutant[] = [
  {
    id: "F143-a-worker-forgets-its-age",
    fault: "F143",
    file: "packages/core/src/worker/loop.ts",
    find: `...(priorityAgeMs !== undefined && { priorityAgeMs })`,
    replace: `...(priorityAgeMs === 0 && { priorityAgeMs })`,
    what: "A worker with an age claims as one without.",
    ...CONFORMANCE,
  },
  {
    id: "F143-of-equal-turns-the-older",
    fault: "F143",
    file: "packages/stores/memory/src/waiting.ts",
    find: `turnOf(row, ageMs) < turnOf(found, ageMs)`,
    replace: `turnOf(row, ageMs) <= turnOf(found, ageMs)`,
    what: "Of two jobs whose ages make them equal the one of the lower level goes first.",
    ...CONFORMANCE,
  },
  {
    id: "F143-sqlite-a-line-goes-on",
    fault: "F143",
    file: `${ENGINE}/claim.ts`,
    find: `if (rival !== undefined && order(row, rival) > 0) return row;`,
    replace: `if (rival !== undefined && head.due > row.due) return row;`,
    what: "In a Durable Object or a SQLite file, a claim with an age takes all of a level once it has begun with it.",
    ...SQLITE,
  },
  {
    id: "F143-an-object-forgets-its-age",
    fault: "F143",
    file: `${ENGINE}/claim.ts`,
    find: `newProgress(state.autoStart?.priorityAgeMs)`,
    replace: `newProgress(undefined)`,
    what: "An object with an age starts jobs as one without.",
    ...OBJECT,
  },
  {
    id: "F143-postgres-an-age-counts-once",
    fault: "F143",
    file: "packages/stores/postgres/src/line.ts",
    find: `const order = "f.due + g.p * w.a, g.p, f.due, f.seq";`,
    replace: `const order = "f.due + sign(g.p) * w.a, g.p, f.due, f.seq";`,
    what: "In PostgreSQL, every level of priority but the highest is worth as much as the next.",
    testedBy: "packages/stores/postgres",
    tests: ["test/conformance.test.ts"],
  },
  {
    id: "F143-redis-of-equal-turns-the-older",
    fault: "F143",
    file: "packages/stores/redis/src/claim.ts",
    find: `l.turn < next.turn`,
    replace: `l.turn <= next.turn`,
    what: "In Redis, of two jobs whose ages make them equal the one of the lower level goes first.",
    testedBy: "packages/stores/redis",
    tests: ["test/conformance.test.ts"],
  },
  {
    id: "F143-browser-one-level-after-the-other",
    fault: "F143",
    file: "packages/stores/indexeddb/src/claim.ts",
    find: `.sort((a, b) => inTurn(a.row, b.row))`,
    replace: `.sort((a, b) => inOrder(a.row, b.row))`,
    what: "In a browser, a claim by age goes by priority all the same.",
    testedBy: "packages/stores/indexeddb",
    tests: ["test/conformance.test.ts"],
  },
  {
    id: "F143-d1-an-age-counts-once",
    fault: "F143",
    file: "packages/stores/d1/src/line.ts",
    find: "turn + priority * ${ageMs},",
    replace: "turn + min(priority, 1) * ${ageMs},",
    what: "In D1, every level of priority but the highest is worth as much as the next.",
    testedBy: "packages/stores/d1",
    tests: ["test/conformance.test.ts"],
  },
];
