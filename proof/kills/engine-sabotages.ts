import type { Sabotage } from "./sabotage.ts";

/** Writes `ms` later, or once no other process holds the file's lock. */
const late = (write: string, ms: number): string =>
  `(function late(ms) {
    setTimeout(() => { try { ${write}; } catch (error) { if (String(error).includes("locked")) late(5); else throw error; } }, ms);
  })(${ms})`;

/** `find`, in place of which the enqueue is `put`: a function that does `write` later. */
export const ackFirst = (
  ms: number,
  file: string,
  find: string,
  write: string,
  put: (enqueue: string) => string,
): Sabotage => ({
  what: `an enqueue is answered ${ms} ms before its rows are written`,
  patches: [
    {
      file,
      find,
      put: put(`(jobs) => {
            ${late(write, ms)};
            return jobs.map(() => ({ status: "created" }));
        }`),
    },
  ],
});

/** Ways to break the engine that the Durable Object and SQLite share. */
export const engineSabotages: Readonly<Record<string, Sabotage>> = {
  "ack-first": ackFirst(
    20,
    "stores/sqlite-engine/dist/store.js",
    "enqueue: (jobs) => write((now) => insertJobs(state, jobs, now)),",
    "write((now) => insertJobs(state, jobs, now))",
    (enqueue) => `enqueue: ${enqueue},`,
  ),
  "leases-in-memory": {
    what: "leases are kept in memory and never written",
    patches: [
      {
        file: "stores/sqlite-engine/dist/leases.js",
        find: "const first = [leases.newest, entries, leases.sweepCursor, (!shared && stats?.packFresh()) || null];",
        put: 'const first = [0, [], "", null];',
      },
    ],
  },
  "no-fence": {
    what: "a settlement is accepted with any token",
    patches: [
      {
        file: "stores/sqlite-engine/dist/settle.js",
        find: "if (lease?.token !== token) {",
        put: "if (lease === undefined) {",
      },
    ],
  },
  "no-dedupe": {
    what: "an enqueue overwrites an existing row",
    patches: [
      {
        file: "stores/sqlite-engine/dist/enqueue.js",
        find: "created.rows.get(job.id) ?? (known.has(job.id) ? tables.find(job.id, now) : undefined);",
        put: "created.rows.get(job.id);",
      },
    ],
  },
  "next-later": {
    what: "follow-up jobs are written a second after their settlement",
    patches: [
      {
        file: "stores/sqlite-engine/dist/settle.js",
        find: `return { status: "accepted", next: follows ? insertJobs(state, next, now) : [], ...told };`,
        put: `if (follows) ${late("state.atomic.write((then) => insertJobs(state, next, then))", 1_000)};
    return { status: "accepted", next: follows ? next.map(() => ({ status: "created" })) : [], ...told };`,
      },
    ],
  },
  "cursor-first": {
    what: "a schedule's job is written a second after its cursor has moved",
    patches: [
      {
        file: "stores/sqlite-engine/dist/schedules.js",
        find: "insertJobs(state, [job], now)[0] };",
        put: `(${late("state.atomic.write((then) => insertJobs(state, [job], then))", 1_000)}, { status: "created" }) };`,
      },
    ],
  },
};
