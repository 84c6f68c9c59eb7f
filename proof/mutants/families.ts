import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of dependencies run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of jobs that come after others: when they start, with whom they are dead, and how long their parents stand. */
export const familyMutants: readonly Mutant[] = [
  {
    id: "F43-cycles",
    fault: "F43",
    file: "packages/core/src/jobs/after.ts",
    find: `  if (stuck >= 0) refuse(`,
    replace: `  if (stuck >= 1_000) refuse(`,
    what: "Jobs that wait for each other are accepted and never run.",
    tests: ["test/after.test.ts"],
  },
  {
    id: "F43-flow-cycles",
    fault: "F43",
    file: "packages/core/src/jobs/flow.ts",
    find: `if (below.includes(name)) refuse(`,
    replace: `if (below.length > 1_000) refuse(`,
    what: "A cycle among the names of a flow is refused without them.",
    tests: ["test/flow.test.ts"],
  },
  {
    id: "F66-child-wakes-nobody",
    fault: "F66",
    file: `${MEMORY}/memory.ts`,
    find: `waits ||= typeof answer === "object" && answer.freed !== undefined;`,
    replace: `waits ||= typeof answer === "object" && answer.freed === -1;`,
    what: "The end of a parent wakes no worker for its children.",
    ...CONFORMANCE,
  },
  {
    id: "F40-child-beside-the-cancelled",
    fault: "F40",
    file: `${MEMORY}/family.ts`,
    find: `          free(child, now, notBefore);`,
    replace: `          free(child, now, now);`,
    what: "A child runs beside the cancelled run of its parent.",
    ...CONFORMANCE,
  },
  {
    id: "F42-parent-is-not-held",
    fault: "F42",
    file: `${MEMORY}/ending.ts`,
    find: `row.children !== undefined && row.children.open > 0;`,
    replace: `row.children !== undefined && row.children.open > 1;`,
    what: "A parent that is not kept is gone before its only child has run.",
    ...CONFORMANCE,
  },
  {
    id: "F42-other-parents-are-forgotten",
    fault: "F42",
    file: `${MEMORY}/family.ts`,
    find: `          if (other === undefined) lives.push(child);`,
    replace: `          if (other === undefined || other.row !== row) lives.push(child);`,
    what: "A replay of one parent revives a child of which another parent is dead.",
    ...CONFORMANCE,
  },
  {
    id: "F42-sqlite-parent-is-erased",
    fault: "F42",
    file: `${ENGINE}/settle.ts`,
    find: ` && !hasChildren(about)`,
    replace: ``,
    what: "The children of a job that is not kept wait for ever.",
    ...SQLITE,
  },
  {
    id: "F42-sqlite-lease-knows-no-children",
    fault: "F42",
    file: `${ENGINE}/link.ts`,
    find: `      if (leases.held.has(parent)) leases.tell(`,
    replace: `      if (leases.held.has("")) leases.tell(`,
    what: "A job that is enqueued after one that runs waits for ever if that one is not kept.",
    ...SQLITE,
  },
  {
    id: "F43-sqlite-child-by-its-id",
    fault: "F43",
    file: `${ENGINE}/schema.ts`,
    find: `WHERE c.ended IS NULL AND`,
    replace: `WHERE c.ended IS NOT NULL AND`,
    what: "A parent stands while its children have ended, and not before.",
    ...SQLITE,
  },
  {
    id: "F42-sqlite-a-parent-whose-time-is-over",
    fault: "F42",
    file: `${ENGINE}/children.ts`,
    find: `      tables.sql(FORGET, JSON.stringify(parents.ids), now); // one of these would hold it up\n`,
    replace: ``,
    what: "A cancelled parent whose time to be kept is over holds up a job that was dead with another parent, which is replayed.",
    ...SQLITE,
  },
];
