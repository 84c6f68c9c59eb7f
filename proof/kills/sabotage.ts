/** One way to break the product, as a patch of what the Durable Object and its engine were built to. */
export type Sabotage = {
  readonly what: string;
  /** In `packages/stores`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly put: string;
};

/** Each shows that the kill loop finds what is broken. */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  "ack-first": {
    what: "an enqueue is answered 20 ms before its rows are written",
    file: "sqlite-engine/dist/store.js",
    find: "enqueue: (jobs) => write((now) => insertJobs(state, jobs, now)),",
    put: `enqueue: (jobs) => {
            setTimeout(() => write((now) => insertJobs(state, jobs, now)), 20);
            return jobs.map(() => ({ status: "created" }));
        },`,
  },
  "leases-in-memory": {
    what: "leases are kept in memory and never written",
    file: "sqlite-engine/dist/leases.js",
    find: `setMeta("leases", [leases.newest, entries, leases.sweepCursor, stats?.packFresh()]);`,
    put: "void entries;",
  },
  "no-alarm": {
    what: "the object never sets its alarm",
    file: "durable-objects/dist/object/alarm.js",
    find: "ctx.waitUntil(storage.setAlarm(target));",
    put: "",
  },
  "deaf-alarm": {
    what: "the alarm fires and dispatches nothing",
    file: "durable-objects/dist/object/dispatch.js",
    find: `alarm.fired();
            checkSoon();`,
    put: "alarm.fired();",
  },
  "no-fence": {
    what: "a settlement is accepted with any token",
    file: "sqlite-engine/dist/settle.js",
    find: "if (lease?.token !== token) {",
    put: "if (lease === undefined) {",
  },
  "no-dedupe": {
    what: "an enqueue overwrites an existing row",
    file: "sqlite-engine/dist/enqueue.js",
    find: "created.get(job.id) ?? tables.find(job.id, now);",
    put: "created.get(job.id);",
  },
  "next-later": {
    what: "follow-up jobs are written 200 ms after their settlement",
    file: "sqlite-engine/dist/settle.js",
    find: `return { status: "accepted", next: insertJobs(state, next, now) };`,
    put: `setTimeout(() => state.atomic.write((later) => insertJobs(state, next, later)), 200);
    return { status: "accepted", next: next.map(() => ({ status: "created" })) };`,
  },
  "cursor-first": {
    what: "a schedule's job is written 200 ms after its cursor has moved",
    file: "sqlite-engine/dist/schedules.js",
    find: "insertJobs(state, [job], now)[0] };",
    put: `(setTimeout(() => state.atomic.write((later) => insertJobs(state, [job], later)), 200), { status: "created" }) };`,
  },
};

/** The file's text, broken. Fails where the product has changed so that the patch no longer applies. */
export function applied({ file, find, put }: Sabotage, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`The sabotage's text stands ${parts.length - 1} times in ${file}: ${find}`);
  return parts.join(put);
}
