import type { Sabotage } from "../sabotage.ts";

const later = (what: string): string => `setTimeout(() => void grouped(${what}).then(wake, () => {}), 1_000);`;

export const postgresSabotages: Readonly<Record<string, Sabotage>> = {
  unsynced: {
    what: "the server answers before a commit is in its log (`synchronous_commit = off`, written each 2 s)",
    patches: [],
    settings: { synchronous_commit: "off", wal_writer_delay: "2s" },
  },
  "ack-first": {
    what: "an enqueue is answered 20 ms before its rows are written",
    patches: [
      {
        file: "stores/postgres/dist/postgres.js",
        find: "return await (isKeyed(jobs) ? groupedKeyed : grouped)(jobs);",
        put: `setTimeout(() => void grouped(jobs).then(wake, () => {}), 20);
                return jobs.map(() => ({ status: "created" }));`,
      },
    ],
  },
  "blind-claim": {
    what: "a claim chooses jobs without a lock, and takes them by id 30 ms later without looking again",
    patches: [
      {
        file: "stores/postgres/dist/line.js",
        find: `limit w.n for update skip locked
    ) f limit w.n`,
        put: `limit w.n
    ) f limit w.n`,
      },
      { file: "stores/postgres/dist/claim.js", find: "places tid[];", put: "places tid[]; ids text[];" },
      {
        file: "stores/postgres/dist/claim.js",
        find: "if expired then",
        put: `select array_agg(j.id) into ids from \${schema}.job j where j.ctid = any(places);
  perform pg_sleep(0.03);
  if false then`,
      },
      {
        file: "stores/postgres/dist/claim.js",
        find: `where j.ctid = any(places)
    returning`,
        put: `where j.id = any(ids)
    returning`,
      },
    ],
  },
  "no-fence": {
    what: "a settlement is accepted with any token",
    patches: [
      {
        file: "stores/postgres/dist/settle.js",
        find: "where s.newest = s.token and s.until is not null",
        put: "where s.until is not null",
      },
      {
        file: "stores/postgres/dist/settle.js",
        find: "then 'gone' when s.newest <> s.token then 'stale'",
        put: "then 'gone'",
      },
    ],
  },
  "no-dedupe": {
    what: "an enqueue overwrites an existing row",
    patches: [
      {
        file: "stores/postgres/dist/enqueue.js",
        find: "on conflict (id) do nothing",
        put: "on conflict (id) do update set due = excluded.due, attempt = 0, until = null, ended = null, expires = null",
      },
    ],
  },
  "next-later": {
    what: "follow-up jobs are written a second after their settlement",
    patches: [
      {
        file: "stores/postgres/dist/postgres.js",
        find: "const answers = await settle(query, schema, now(), settlements,",
        put: `const answers = (await settle(query, schema, now(), settlements.map(({ next, ...one }) => one),`,
      },
      {
        file: "stores/postgres/dist/postgres.js",
        find: "places, notify, counting, moved);",
        put: `places, notify, counting, moved)).map((answer, i) => {
                const { next = [] } = settlements[i];
                if (answer !== "accepted" || next.length === 0) return answer;
                ${later("next")}
                return { status: "accepted", next: next.map(() => ({ status: "created" })) };
            });`,
      },
    ],
  },
  "cursor-first": {
    what: "a schedule's job is written a second after its cursor has moved",
    patches: [
      {
        file: "stores/postgres/dist/postgres.js",
        find: "const answers = await advance(query, schema, now(), steps,",
        put: `const answers = (await advance(query, schema, now(), steps.map(({ job, ...one }) => one),`,
      },
      {
        file: "stores/postgres/dist/postgres.js",
        find: "counting?.enqueued(job, at));\n            moved();",
        put: `counting?.enqueued(job, at))).map((answer, i) => {
                const { job } = steps[i];
                if (answer.status !== "moved" || job === undefined) return answer;
                ${later("[job]")}
                return { status: "moved", job: { status: "created" } };
            });
            moved();`,
      },
    ],
  },
};
