import type { Mutant } from "./mutant.ts";

/** Where the cases of ages run over the memory store. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };

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
];
