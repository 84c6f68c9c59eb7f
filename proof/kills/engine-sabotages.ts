import type { Sabotage } from "./sabotage.ts";

/** Ways to break the engine that the Durable Object and SQLite share. */
export const engineSabotages: Readonly<Record<string, Sabotage>> = {
  "ack-first": {
    what: "an enqueue is answered 20 ms before its rows are written",
    patches: [
      {
        file: "sqlite-engine/dist/store.js",
        find: "enqueue: (jobs) => write((now) => insertJobs(state, jobs, now)),",
        put: `enqueue: (jobs) => {
            setTimeout(() => write((now) => insertJobs(state, jobs, now)), 20);
            return jobs.map(() => ({ status: "created" }));
        },`,
      },
    ],
  },
  "leases-in-memory": {
    what: "leases are kept in memory and never written",
    patches: [
      {
        file: "sqlite-engine/dist/leases.js",
        find: `setMeta("leases", [leases.newest, entries, leases.sweepCursor, shared ? undefined : stats?.packFresh()]);`,
        put: "void entries;",
      },
    ],
  },
  "no-fence": {
    what: "a settlement is accepted with any token",
    patches: [
      {
        file: "sqlite-engine/dist/settle.js",
        find: "if (lease?.token !== token) {",
        put: "if (lease === undefined) {",
      },
    ],
  },
  "no-dedupe": {
    what: "an enqueue overwrites an existing row",
    patches: [
      {
        file: "sqlite-engine/dist/enqueue.js",
        find: "created.get(job.id) ?? tables.find(job.id, now);",
        put: "created.get(job.id);",
      },
    ],
  },
  "next-later": {
    what: "follow-up jobs are written 200 ms after their settlement",
    patches: [
      {
        file: "sqlite-engine/dist/settle.js",
        find: `return { status: "accepted", next: insertJobs(state, next, now) };`,
        put: `setTimeout(() => state.atomic.write((later) => insertJobs(state, next, later)), 200);
    return { status: "accepted", next: next.map(() => ({ status: "created" })) };`,
      },
    ],
  },
  "cursor-first": {
    what: "a schedule's job is written 200 ms after its cursor has moved",
    patches: [
      {
        file: "sqlite-engine/dist/schedules.js",
        find: "insertJobs(state, [job], now)[0] };",
        put: `(setTimeout(() => state.atomic.write((later) => insertJobs(state, [job], later)), 200), { status: "created" }) };`,
      },
    ],
  },
};
