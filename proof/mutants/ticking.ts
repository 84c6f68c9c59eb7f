import type { Mutant } from "./mutant.ts";

const TICKING = "packages/stores/durable-objects/src/object/ticking.ts";

/** Of when a Durable Object has its runner look at schedules. */
export const tickingMutants: readonly Mutant[] = [
  {
    id: "F76-forgets-what-another-version-knows",
    fault: "F76",
    file: TICKING,
    find: `if (now - leftAt >= FORGOTTEN_MS) cursors.forget(cursor);`,
    replace: `if (now >= leftAt) cursors.forget(cursor);`,
    what: "While two versions run side by side, a tick of one version removes the other's schedules.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F142-never-forgets",
    fault: "F142",
    file: TICKING,
    find: `if (now - leftAt >= FORGOTTEN_MS) cursors.forget(cursor);`,
    replace: `if (now - leftAt >= Infinity) cursors.forget(cursor);`,
    what: "A schedule that a deploy has renamed is tried for ever.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F149-tried-without-patience",
    fault: "F149",
    file: TICKING,
    find: `const afterMs = Math.min(2 * (tries.get(cursor)?.afterMs ?? AGAIN_MS / 2), MOST_MS);`,
    replace: `const afterMs = AGAIN_MS;`,
    what: "A schedule that no running version knows is tried every minute.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F58-watchdog-wakes-nobody",
    fault: "F58",
    file: TICKING,
    find: `      wantedAt = -Infinity;
`,
    replace: ``,
    what: "The watchdog's tick ignores schedules, so the schedules of an idle object are never declared.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F58-looks-at-none-between-deploys",
    fault: "F58",
    file: TICKING,
    find: `seen.known ? tickedAt + EVERY_MS : Infinity);`,
    replace: `Infinity);`,
    what: "An idle object sets no alarm for the schedules of another version.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F58-first-tick-fails-for-good",
    fault: "F58",
    file: TICKING,
    find: `        wantedAt = Math.min(wantedAt, now + Math.min(AGAIN_MS * 2 ** failures++, MOST_MS));
`,
    replace: ``,
    what: "If the first tick fails, no schedule is known and none is tried again.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F65-what-is-due-ticks-all",
    fault: "F65",
    file: TICKING,
    find: `background(tick([...new Set(due.map(({ name }) => name))]).then(`,
    replace: `background(tick().then(`,
    what: "Each due schedule makes the runner tick all schedules.",
    tests: ["test/ticking.test.ts"],
  },
];
