import type { Mutant } from "./mutant.ts";

const MEMORY = "packages/stores/memory/src";
const ENGINE = "packages/stores/sqlite-engine/src";
/** The cases of full queues run there. */
const CONFORMANCE = { testedBy: "packages/conformance", tests: ["test/memory.test.ts"] };
const POSTGRES = "packages/stores/postgres/src";
const SQLITE = { testedBy: "packages/stores/sqlite", tests: ["test/conformance.test.ts"] };

/** Of queues that count their jobs: whoever counts wrongly is full for ever, or never. */
export const depthMutants: readonly Mutant[] = [
  {
    id: "F149-buried-jobs-fill-a-queue",
    fault: "F149",
    file: `${MEMORY}/ending.ts`,
    find: `    bury(row, now) {\n      queueStateOf(row.job.queue).open--;\n`,
    replace: `    bury(row, now) {\n`,
    what: "Jobs that are dead with their parents fill their queue for ever.",
    ...CONFORMANCE,
  },
  {
    id: "F149-removed-jobs-fill-a-queue",
    fault: "F149",
    file: `${MEMORY}/ending.ts`,
    find: `if (wasOpen) queueStateOf(row.job.queue).open--;`,
    replace: ``,
    what: "Jobs that an operator removes fill their queue for ever.",
    ...CONFORMANCE,
  },
  {
    id: "F143-full-for-nobody",
    fault: "F143",
    file: "packages/core/src/jobs/depth.ts",
    find: `  return { ...job, maxDepth };`,
    replace: `  return job;`,
    what: "A queue grows without a bound, although it was given one.",
    ...CONFORMANCE,
  },
  {
    id: "F143-many-pass-together",
    fault: "F143",
    file: "packages/core/src/contract/depth.ts",
    find: `depthOf(job.queue) + added`,
    replace: `depthOf(job.queue)`,
    what: "The jobs of a call with parents are more than their queue has room for.",
    ...CONFORMANCE,
  },
  {
    id: "F149-sqlite-finished-jobs-fill-a-queue",
    fault: "F149",
    file: `${ENGINE}/settle.ts`,
    find: `    state.depths.add(lease.queue, -1);\n`,
    replace: ``,
    what: "In a Durable Object or a SQLite file, completed jobs that are not kept fill their queue for ever.",
    ...SQLITE,
  },
  {
    id: "F143-sqlite-replayed-jobs-are-not-counted",
    fault: "F143",
    file: `${ENGINE}/children.ts`,
    find: `    state.depths.add(one.queue, 1);\n`,
    replace: ``,
    what: "In a Durable Object or a SQLite file, replayed jobs are not counted, and their ends make room twice.",
    ...SQLITE,
  },
  {
    id: "F149-sqlite-count-is-not-written",
    fault: "F149",
    file: `${ENGINE}/depths.ts`,
    find: `      for (const queue of changed) tables.setMeta(DEPTH + queue, depths.get(queue));\n`,
    replace: ``,
    what: "After a restart, a Durable Object or a SQLite file counts from what was there when it began.",
    ...SQLITE,
  },
  {
    id: "F143-d1-many-pass-in-one-call",
    fault: "F143",
    file: "packages/stores/d1/src/depth.ts",
    find: "d.depth + nth <= value ->> 11",
    replace: "d.depth < value ->> 11",
    what: "In D1, the jobs of one call fill a queue beyond its size.",
    tests: ["test/depth.test.ts"],
  },
  {
    id: "F143-d1-what-waits-for-others-fills-no-queue",
    fault: "F143",
    file: "packages/stores/d1/src/depth.ts",
    find: "j.queue >= ${queue} AND j.queue < ${queue} || char(11) AND",
    replace: "j.queue = ${queue} AND",
    what: "In D1, jobs that wait behind others with their keys have no place in a full queue.",
    tests: ["test/depth.test.ts"],
  },
  {
    id: "F149-postgres-finished-jobs-fill-a-queue",
    fault: "F149",
    file: `${POSTGRES}/finish.ts`,
    find: "from f where is_counted group",
    replace: "from f where false group",
    what: "In PostgreSQL, completed jobs that are not kept fill their queue for ever.",
    tests: ["test/conformance.test.ts"],
  },
  {
    id: "F143-postgres-many-pass-in-one-call",
    fault: "F143",
    file: `${POSTGRES}/enqueue-keyed.ts`,
    find: "(depths ->> one.q)::int8 + 1)",
    replace: "(depths ->> one.q)::int8)",
    what: "In PostgreSQL, the jobs of one call fill a queue beyond its size.",
    tests: ["test/conformance.test.ts"],
  },
  {
    id: "F149-postgres-replaced-jobs-stay-in-their-queue",
    fault: "F149",
    file: `${POSTGRES}/enqueue-keyed.ts`,
    find: "perform ${schema}.add_depth(target.queue, -1), ${schema}.add_depth(one.q, 1);",
    replace: "null;",
    what: "In PostgreSQL, a job that another one's data move to another queue fills the first one for ever.",
    tests: ["test/depths.test.ts"],
  },
  {
    id: "F143-postgres-many-are-not-counted",
    fault: "F143",
    file: `${POSTGRES}/enqueue.ts`,
    find: `where are_new or n.id = any(made) group by`,
    replace: `where n.id = any(made) group by`,
    what: "A call with many jobs makes a queue deeper without being counted.",
    tests: ["test/depths.test.ts"],
  },
];
