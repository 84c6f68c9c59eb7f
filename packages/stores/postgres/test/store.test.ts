import { readFileSync } from "node:fs";
import { createQueue, defineJob } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, type PostgresClient, listenWith, migration, postgres } from "../src/index.ts";
import { openDatabase } from "./database.ts";

const url = inject("postgres");
const database = await openDatabase();
afterAll(() => database.end());

/** A new, empty schema, and a store in it. */
async function fresh(schema: string, client: PostgresClient = database.client) {
  await database.query(`drop schema if exists "${schema}" cascade`);
  return postgres(client, { schema, lease: "30s" });
}

const claim = { queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 };

describe("migrate", () => {
  test("makes the tables once, whoever else starts at the same time", async () => {
    let sent = 0;
    const jobs = await fresh("migrated", async (text: string, parameters: never[]) => {
      sent++;
      return (await database.query(text, parameters)) as readonly object[]; // rows
    });
    await Promise.all(Array.from({ length: 10 }, () => jobs.migrate()));
    // They waited for each other: nobody had to try again.
    expect(sent).toBe(20);
    await jobs.enqueue([newJob("a")]);
    await jobs.migrate();
    expect(await database.query("select version, oldest from migrated.version")).toEqual([{ version: 11, oldest: 2 }]);
    expect((await jobs.list({ limit: 9 })).jobs.map(({ id }) => id)).toEqual(["a"]);
  });

  test("leaves a schema of a newer version alone with which this code works", async () => {
    const jobs = await fresh("newer");
    await jobs.migrate();
    await database.query("update newer.version set version = 7");
    await jobs.migrate();
    expect(await database.query("select version from newer.version")).toEqual([{ version: 11 }]);
    expect(await jobs.enqueue([newJob("a")])).toEqual([{ status: "created" }]);
  });

  test("brings a schema of version 1 to this one, in which the code of both works at once", async () => {
    const jobs = await fresh("version_1");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-1.sql", import.meta.url), "utf8"));
    const enqueueThen = (id: string): Promise<unknown> => {
      const job = { i: 0, id, q: "default", p: 5, d: 0, k: 0, n: "task", h: '[{"v":"1"}]', b: "{}" };
      return database.query("select * from version_1.enqueue(null, $1::text, 1, true)", [JSON.stringify([job])]);
    };
    const claimThen = (): Promise<readonly unknown[]> =>
      database.query("select id, token from version_1.claim(null, $1::text, 30000)", ['[{"q":"default","n":1}]']);
    await enqueueThen("before");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_1.version")).toEqual([{ version: 11, oldest: 1 }]);
    await enqueueThen("then");
    await jobs.enqueue([newJob("now", { keepMs: 0 })]);
    const [before] = await jobs.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
    const [then] = (await claimThen()) as readonly { id: string; token: string }[];
    const [now] = await jobs.claim(claim);
    expect([before?.id, then?.id, now?.id]).toEqual(["before", "then", "now"]);
    // Tokens are those of one sequence.
    expect([Number(then?.token) > (before?.token ?? 0), (now?.token ?? 0) > Number(then?.token)]).toEqual([true, true]);
  });

  /** What code of versions 2 to 7 sends for a job. */
  const enqueueBefore = (schema: string): Promise<unknown> =>
    database.query(`select * from ${schema}.enqueue_v2(null, $1::text, 1, null)`, [
      JSON.stringify([
        { q: "default", p: 5, d: 0, k: 0, n: "task", h: '[{"v":"1"}]', places: [1], ids: ["before"], payloads: ["{}"] },
      ]),
    ]);

  test("brings a schema of version 2 to this one, in which code of version 2 ends jobs with keys and passes them on", async () => {
    const jobs = await fresh("version_2");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-2.sql", import.meta.url), "utf8"));
    await enqueueBefore("version_2");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_2.version")).toEqual([{ version: 11, oldest: 2 }]);
    const unique = { key: "k", on: "replace" } as const;
    await jobs.enqueue([newJob("first", { keepMs: 0, unique })]);
    // What code of version 2 sends.
    const columns = await database.query("select * from version_2.claim_v2(null, $1::text, 30000)", [
      '[{"q":"default","n":9}]',
    ]);
    const [taken] = (columns as { columns: string }[]).map((row) => JSON.parse(row.columns));
    expect([taken.id, taken.keep[taken.id.indexOf("first")] === 0]).toEqual([
      expect.arrayContaining(["before", "first"]),
      false, // so it does not delete the row, which would leave those behind
    ]);
    expect(await jobs.enqueue([newJob("second", { unique })])).toEqual([{ status: "queued_behind", id: "second" }]);
    expect((await jobs.list({ state: "blocked", limit: 9 })).jobs.map(({ id }) => id)).toEqual(["second"]);
    const token = taken.token[taken.id.indexOf("first")];
    await database.query("select * from version_2.settle(null, $1::text, false)", [
      JSON.stringify([{ i: 0, id: "first", token, type: "complete" }]),
    ]);
    expect((await jobs.claim(claim)).map(({ id }) => id)).toEqual(["second"]);
  });

  test("brings a schema of version 3 to this one, in which code of version 3 keeps the limits of new jobs", async () => {
    const jobs = await fresh("version_3");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-3.sql", import.meta.url), "utf8"));
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_3.version")).toEqual([{ version: 11, oldest: 2 }]);
    const limits = { key: "k", running: 1, queue: 5 };
    await jobs.enqueue(["first", "second"].map((id) => newJob(id, { keepMs: 0, limits })));
    // What code of version 3 sends.
    const claimThen = async (): Promise<{ id: string[]; token: number[] } | undefined> => {
      const [row] = await database.query("select * from version_3.claim_v2(null, $1::text, 30000)", [
        '[{"q":"default","n":9}]',
      ]);
      return row && JSON.parse((row as { columns: string }).columns);
    };
    const taken = await claimThen();
    expect([taken?.id, await claimThen()]).toEqual([["first"], undefined]);
    await database.query("select * from version_3.settle(null, $1::text, false)", [
      JSON.stringify([{ i: 0, id: "first", token: taken?.token[0], type: "complete" }]),
    ]);
    expect((await claimThen())?.id).toEqual(["second"]);
  });

  test("brings a schema of version 4 to this one, in which code of version 4 keeps pauses that end by themselves", async () => {
    const jobs = await fresh("version_4");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-4.sql", import.meta.url), "utf8"));
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_4.version")).toEqual([{ version: 11, oldest: 2 }]);
    // What code of version 4 sends.
    const claimThen = (): Promise<readonly unknown[]> =>
      database.query("select * from version_4.claim_v2(null, $1::text, 30000)", ['[{"q":"default","n":9}]']);
    await jobs.enqueue([newJob("a")]);
    await jobs.pauseFor("default", 3_600_000);
    expect(await claimThen()).toEqual([]);
    await jobs.resume("default");
    expect((await claimThen()).length).toBe(1);
  });

  test("brings a schema of version 5 to this one, in which code of version 5 keeps orders and rates, and makes room", async () => {
    const jobs = await fresh("version_5");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-5.sql", import.meta.url), "utf8"));
    await database.query("grant select, insert, update, delete on version_5.job to pg_monitor");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_5.version")).toEqual([{ version: 11, oldest: 2 }]);
    // Roles that work with jobs have the new tables.
    for (const table of ["rate", "depth", "depth_change"]) {
      expect(
        await database.query(`select has_table_privilege('pg_monitor', 'version_5.${table}', 'insert') as may`),
      ).toEqual([{ may: true }]);
    }
    await jobs.enqueue(["a", "b"].map((id) => newJob(id, { limits: { key: "k", running: 1, ordered: true } })));
    await jobs.enqueue(
      ["c", "d"].map((id) => newJob(id, { limits: { key: "l", rate: { everyMs: 3_600_000, burst: 1 } } })),
    );
    // What code of version 5 sends.
    const claimThen = async (): Promise<{ id: string[]; token: number[] } | undefined> => {
      const [row] = await database.query("select * from version_5.claim_v2(null, $1::text, 30000)", [
        '[{"q":"default","n":9}]',
      ]);
      return row && JSON.parse((row as { columns: string }).columns);
    };
    const taken = await claimThen();
    expect(taken?.id.toSorted()).toEqual(["a", "c"]);
    const settlements = taken?.id.map((id, i) => ({
      i,
      id,
      token: taken.token[i],
      type: "retry",
      delay: 60_000,
      failure: "{}",
    }));
    await database.query("select * from version_5.settle_v4(null, $1::text, false, 'now')", [
      JSON.stringify(settlements),
    ]);
    expect(await claimThen()).toBe(undefined);
    // What it ends makes room in a queue that this code counts.
    expect(await jobs.enqueue([newJob("e", { maxDepth: 5, priority: 0 })])).toEqual([{ status: "created" }]);
    expect(await jobs.enqueue([newJob("f", { maxDepth: 5 })])).toMatchObject([{ status: "failed", reason: "full" }]);
    const last = await claimThen();
    await database.query("select * from version_5.settle_v4(null, $1::text, false, 'now')", [
      JSON.stringify([{ i: 0, id: "e", token: last?.token[0], type: "complete" }]),
    ]);
    expect(await jobs.enqueue([newJob("f", { maxDepth: 5 })])).toEqual([{ status: "created" }]);
  });

  test("brings a schema of version 6 to this one, in which code of version 6 claims by priority beside claims by age", async () => {
    const jobs = await fresh("version_6");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-6.sql", import.meta.url), "utf8"));
    await enqueueBefore("version_6");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_6.version")).toEqual([{ version: 11, oldest: 2 }]);
    const due = { at: Date.now() - 600_000 };
    const limits = { key: "k", running: 2 };
    await jobs.enqueue(["old", "older", "oldest"].map((id) => newJob(id, { priority: 9, due })));
    await jobs.enqueue(["a", "b"].map((id) => newJob(id, { priority: 0, limits })));
    // What code of version 6 sends.
    const [row] = (await database.query("select * from version_6.claim_v2(null, $1::text, 30000)", [
      '[{"q":"default","n":1}]',
    ])) as [{ columns: string }];
    expect(JSON.parse(row.columns).id).toEqual(["a"]);
    const byAge = { queues: [{ name: "default", limit: 4 }], leaseMs: 30_000, priorityAgeMs: 60_000 };
    expect((await jobs.claim(byAge)).map(({ id }) => id)).toEqual(["old", "older", "oldest", "b"]);
  });

  test("brings a schema of version 7 to this one, in which code of version 7 gets a list of each column", async () => {
    const jobs = await fresh("version_7");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-7.sql", import.meta.url), "utf8"));
    await enqueueBefore("version_7");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_7.version")).toEqual([{ version: 11, oldest: 2 }]);
    await jobs.enqueue([newJob("after")]);
    // What code of version 7 sends.
    const [row] = (await database.query("select * from version_7.claim_v2(null, $1::text, 30000)", [
      '[{"q":"default","n":2}]',
    ])) as [{ columns: string }];
    expect(JSON.parse(row.columns)).toMatchObject({
      id: ["before", "after"],
      queue: ["default", "default"],
      attempt: [1, 1],
    });
  });

  test("brings a schema of version 8 to this one, in which code of version 8 ends jobs where they are", async () => {
    const jobs = await fresh("version_8");
    // What `migration` printed then.
    await database.query(readFileSync(new URL("version-8.sql", import.meta.url), "utf8"));
    await enqueueBefore("version_8");
    await jobs.migrate();
    expect(await database.query("select version, oldest from version_8.version")).toEqual([{ version: 11, oldest: 2 }]);
    await jobs.enqueue(["after", "again"].map((id) => newJob(id, { keepMs: 0 })));
    // What code of version 8 sends.
    const [row] = (await database.query("select * from version_8.claim_v2(null, $1::text, 30000)", [
      '[{"q":"default","n":3,"s":1}]',
    ])) as [{ columns: string }];
    const { id, place, token }: Record<"id" | "place" | "token", readonly string[]> = JSON.parse(row.columns);
    const again = id.indexOf("again");
    const tokens = token.map((one, i) => (i === again ? 0 : one));
    expect(
      await database.query("select * from version_8.finish_v2(null, $1::text, $2::text, false)", [
        `{${place.map((one) => `"${one}"`)}}`,
        `{${tokens}}`,
      ]),
    ).toMatchObject([{ amount: 2 }]);
    expect((await jobs.list({ limit: 9 })).jobs.map((job) => job.id)).toEqual(["again"]);
  });

  test.skipIf(url === undefined)("of version 2 neither waits for the table of jobs nor holds it up", async () => {
    await fresh("in_use");
    await database.query(
      readFileSync(new URL("version-2.sql", import.meta.url), "utf8").replaceAll("version_2", "in_use"),
    );
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query("begin");
    await holder.query("lock table in_use.job in access exclusive mode");
    await postgres(database.client, { schema: "in_use" }).migrate();
    expect(await database.query("select version from in_use.version")).toEqual([{ version: 11 }]);
    await holder.query("rollback");
    await holder.end();
  });

  test("refuses a schema of a newer version with which this code does not work", async () => {
    const jobs = await fresh("too_new");
    await jobs.migrate();
    await database.query("update too_new.version set version = 13, oldest = 12");
    await expect(jobs.migrate()).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringContaining("has version 13; this code knows 11"),
    });
  });

  test("fails with a code where the server is not there or says no, and with the driver's error as its cause", async () => {
    const cause = Object.assign(new Error("permission denied for database app"), { code: "42501" });
    await expect(postgres(() => Promise.reject(cause)).migrate()).rejects.toMatchObject({
      code: "backend_failed",
      message: expect.stringMatching(/^The backend failed to migrate \(42501\)/),
      cause,
    });
  });

  test("is what a store without its tables asks for", async () => {
    const jobs = await fresh("missing");
    const calls = [
      () => jobs.enqueue([newJob("a")]),
      () => jobs.claim(claim),
      () => jobs.get([{ id: "a" }]),
      () => jobs.workers(),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: "invalid_option",
        message: expect.stringContaining("migrate()"),
      });
    }
  });

  test.each<[makes: string, of: (row: object) => unknown]>([
    ["lists of rows", Object.values],
    [
      "other names of columns",
      (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value])),
    ],
  ])("refuses a client that makes %s, and so does its first answer", async (_makes, of) => {
    const refused = {
      code: "invalid_option",
      message: expect.stringMatching(
        /^The answer of the client of postgres must be .*without transform or rowMode; got /,
      ),
    };
    const client = async (text: string, parameters: never[]) =>
      (await database.query(text, parameters)).map((row) => of(row as object)) as readonly object[];
    const jobs = await fresh("reshaped", client);
    await expect(jobs.migrate()).rejects.toMatchObject(refused);
    expect(await database.query("select 1 as found from pg_namespace where nspname = 'reshaped'")).toEqual([]);
    await (await fresh("reshaped")).migrate();
    await expect(jobs.enqueue([newJob("a")])).rejects.toMatchObject(refused);
  });

  test("refuses a client that answers nothing", async () => {
    const jobs = postgres((async () => {}) as never);
    await expect(jobs.migrate()).rejects.toMatchObject({ code: "invalid_option" });
  });

  test("sends what migration prints", async () => {
    const jobs = await fresh("printed");
    await database.query(migration({ schema: "printed" }));
    expect(await jobs.enqueue([newJob("a")])).toEqual([{ status: "created" }]);
    expect(() => migration({ schema: 'no "name' })).toThrow("schema of migration");
  });
});

describe("text that Postgres cannot store", () => {
  const ODD = ["\0", "a\0b", "\ud800", "\udc00x", "\u0001", '\u0001"x"', "👩‍👩‍👧", "\\u0000", ""];

  test("is kept in payloads, results and failures, byte for byte", async () => {
    const jobs = await fresh("odd");
    await jobs.migrate();
    for (const [i, payload] of ODD.entries()) {
      await jobs.enqueue([newJob(`job-${i}`, { payload, headers: { v: payload, [payload]: "1" } })]);
      const [job] = await jobs.claim(claim);
      if (job === undefined) throw new Error("it was enqueued");
      expect([job.payload, job.headers]).toEqual([payload, { v: payload, [payload]: "1" }]);
      const failure = { message: payload, stack: payload };
      await jobs.settle([{ ...job, outcome: { type: "snooze", delayMs: 0, reason: payload } }]);
      const [snoozed] = await jobs.claim(claim);
      expect(snoozed?.snoozed?.reason).toBe(payload);
      await jobs.settle([{ id: job.id, token: snoozed?.token ?? 0, outcome: { type: "retry", delayMs: 0, failure } }]);
      const [again] = await jobs.claim(claim);
      await jobs.settle([{ id: job.id, token: again?.token ?? 0, outcome: { type: "complete", result: payload } }]);
      const [row] = await jobs.get([job]);
      expect([row?.payload, row?.result, row?.failures[0]?.message]).toEqual([payload, payload, payload]);
    }
  });

  test("is refused in names and ids before anything is sent", async () => {
    const jobs = await fresh("odd_names");
    await jobs.migrate();
    for (const odd of ["\0", "a\ud800"]) {
      const batches = [{ id: odd }, { queue: odd }, { name: odd }].map((parts) => [
        newJob("good"),
        newJob("bad", parts),
      ]);
      for (const batch of batches) await expect(jobs.enqueue(batch)).rejects.toMatchObject({ code: "invalid_name" });
      await expect(jobs.get([{ id: odd }])).rejects.toMatchObject({ code: "invalid_id" });
      expect(await jobs.list({ queue: odd, limit: 9 })).toEqual({ jobs: [] });
    }
    expect((await jobs.list({ limit: 9 })).jobs).toEqual([]);
  });
});

describe("a call with many jobs", () => {
  const many = (from: number) =>
    Array.from({ length: 60 }, (_, i) => newJob(`job-${String(from + i).padStart(3, "0")}`));

  test("is written without a look for duplicates until one had some, and answers each in any case", async () => {
    const looked: boolean[] = [];
    const jobs = await fresh("many", async (text: string, parameters: unknown[]) => {
      if (text.startsWith('select * from "many".enqueue_v8(')) looked.push(parameters[4] === false);
      return (await database.query(text, parameters)) as object[];
    });
    await jobs.migrate();
    const statuses = async (from: number) => (await jobs.enqueue(many(from))).map(({ status }) => status);
    expect(await statuses(0)).toEqual(many(0).map(() => "created"));
    expect(await statuses(30)).toEqual(many(30).map((_, i) => (i < 30 ? "duplicate" : "created")));
    expect(await statuses(100)).toEqual(many(100).map(() => "created"));
    expect(looked).toEqual([false, false, true]);
    // What was undone is not there twice, and the order is that of the calls.
    const all = await jobs.claim({ ...claim, queues: [{ name: "default", limit: 200 }] });
    expect(all.map(({ id }) => id)).toEqual([...many(0), ...many(60).slice(0, 30), ...many(100)].map(({ id }) => id));
    await jobs.enqueue([newJob("few")]);
    expect(looked.at(-1)).toBe(true);
  });
});

describe("a call that is too large for one statement", () => {
  const large = Array.from({ length: 20 }, (_, i) =>
    newJob(`job-${String(i).padStart(2, "0")}`, { payload: "x".repeat(1_000_000) }),
  );

  test("keeps the order of its jobs: each statement waits for the one before", async () => {
    let [running, most, statements] = [0, 0, 0];
    const jobs = await fresh("parts", async (text: string, parameters: unknown[]) => {
      most = Math.max(most, ++running);
      if (text.startsWith('select * from "parts".enqueue_v8(')) statements++;
      try {
        return (await database.query(text, parameters)) as object[];
      } finally {
        running--;
      }
    });
    await jobs.migrate();
    const answers = await jobs.enqueue(large);
    expect(answers.map(({ status }) => status)).toEqual(large.map(() => "created"));
    expect([statements, most]).toEqual([3, 1]);
    const claimed = await jobs.claim({ ...claim, queues: [{ name: "default", limit: 10 }] });
    expect(claimed.map(({ id }) => id)).toEqual(large.slice(0, 10).map(({ id }) => id));
  });

  test("is refused whole if a name in its last statement is", async () => {
    const jobs = await fresh("refused");
    await jobs.migrate();
    await expect(jobs.enqueue([...large, newJob("bad\0")])).rejects.toMatchObject({ code: "invalid_name" });
    expect((await jobs.list({ limit: 1 })).jobs).toEqual([]);
  });
});

test("of settlements that go together, those of lost leases are refused, also if nothing is counted", async () => {
  await database.query("drop schema if exists stale cascade");
  let now = Date.now();
  const open = (): Postgres => postgres(database.client, { schema: "stale", clock: () => now });
  const [jobs, other] = [open(), open()];
  await jobs.migrate();
  await jobs.enqueue(["a", "b", "c"].map((id) => newJob(id, { keepMs: 0 })));
  const taken = await jobs.claim(claim);
  await jobs.renew(
    taken.filter(({ id }) => id !== "b"),
    60_000,
  );
  now += 30_000;
  expect((await other.claim(claim)).map(({ id }) => id)).toEqual(["b"]);
  const settlements = taken.map((job) => ({ ...job, outcome: { type: "complete" } as const }));
  expect(await jobs.settle(settlements)).toEqual(["accepted", "stale", "accepted"]);
});

test("a lost lease ends no job, also if its row is where it was then", async () => {
  await database.query("drop schema if exists again cascade");
  let now = Date.now();
  const jobs = postgres(database.client, { schema: "again", clock: () => now });
  await jobs.migrate();
  await jobs.enqueue([newJob("a", { keepMs: 0 })]);
  const leases: ClaimedJob[] = [];
  const places: string[] = [];
  let before = -1;
  // An update writes the row where a vacuum has removed one, and that keeps what other tests' transactions may still see.
  while (before === places.length - 1) {
    await database.query("vacuum again.job");
    leases.push(...(await jobs.claim(claim)));
    const place = JSON.stringify(await database.query("select ctid::text from again.job"));
    places.push(place);
    before = places.indexOf(place);
    now += 30_000;
  }
  const settlements = leases.map((job) => ({ ...job, outcome: { type: "complete" } as const }));
  expect(await jobs.settle(settlements.slice(before, before + 1))).toEqual(["stale"]);
  expect(await jobs.settle(settlements.slice(-1))).toEqual(["accepted"]);
});

describe("jobs of one call", () => {
  test("keep their order whatever they have in common, and are answered each by itself", async () => {
    const jobs = await fresh("kinds");
    await jobs.migrate();
    await jobs.enqueue([newJob("c"), newJob("f", { due: { inMs: 60_000 } })]);
    const headers = { v: "1", "m.customer": "7" };
    const batch = [
      newJob("e"),
      newJob("d", { headers }),
      newJob("c", { headers }),
      newJob("b", { partition: "p" }),
      newJob("e", { partition: "p" }),
      newJob("f"),
      newJob("a", { headers }),
      newJob("g"),
    ];
    const answers = await jobs.enqueue(batch);
    expect(answers.map((answer) => (answer.status === "duplicate" ? answer.state : answer.status))).toEqual([
      "created",
      "created",
      "enqueued",
      "created",
      "enqueued",
      "delayed",
      "created",
      "created",
    ]);
    const claimed = await jobs.claim(claim);
    expect(claimed.map(({ id, headers: has, partition }) => [id, has["m.customer"], partition])).toEqual([
      ["c", undefined, undefined],
      ["e", undefined, undefined],
      ["d", "7", undefined],
      ["b", undefined, "p"],
      ["a", "7", undefined],
      ["g", undefined, undefined],
    ]);
  });
});

describe("jobs of one claim", () => {
  test("have each its own past, also where the others are new", async () => {
    const jobs = await fresh("pasts");
    await jobs.migrate();
    await jobs.enqueue([newJob("given-back")]);
    const [first] = (await jobs.claim(claim)) as [ClaimedJob];
    await jobs.settle([{ ...first, outcome: { type: "snooze", delayMs: 0, reason: "not yet" } }]);
    await jobs.enqueue([newJob("new")]);
    const claimed = await jobs.claim(claim);
    expect(claimed.map(({ id, attempt, snoozed }) => [id, attempt, snoozed?.reason])).toEqual([
      ["given-back", 1, "not yet"],
      ["new", 1, undefined],
    ]);
  });
});

describe("calls that go together", () => {
  test("do not fail because of one that the server refuses", async () => {
    const jobs = await fresh("together");
    await jobs.migrate();
    const bad = newJob("bad", { due: { at: 1e30 } });
    const [first, second, third] = await Promise.allSettled([[newJob("a")], [bad], [newJob("b")]].map(jobs.enqueue));
    expect([first?.status, second?.status, third?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await jobs.list({ limit: 9 })).jobs.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("are answered each by itself, also if they name the same job", async () => {
    const jobs = await fresh("same");
    await jobs.migrate();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => jobs.enqueue([newJob(`job-${i % 50}`)])));
    expect(answers.filter(([answer]) => answer?.status === "created").length).toBe(50);
    expect(answers.filter(([answer]) => answer?.status === "duplicate").length).toBe(150);
  });
});

describe("large payloads", () => {
  test("end a claim, a page and a prune early, and the next one continues", async () => {
    await database.query("drop schema if exists large cascade");
    const jobs = postgres(database.client, { schema: "large", maxDead: 0 });
    await jobs.migrate();
    const ids = Array.from({ length: 20 }, (_, i) => `job-${String(i).padStart(2, "0")}`);
    await jobs.enqueue(ids.map((id) => newJob(id, { payload: "x".repeat(1_000_000) })));
    const first = await jobs.list({ limit: 100 });
    const second = await jobs.list({ limit: 100, cursor: first.cursor });
    expect([first.jobs.length < 20, second.cursor]).toEqual([true, undefined]);
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(ids);
    const some = { queues: [{ name: "default", limit: 100 }], leaseMs: 30_000 };
    const claims = [await jobs.claim(some), await jobs.claim(some)];
    expect([claims[0]?.length, claims[1]?.length]).toEqual([16, 4]);
    expect(claims.flat().map(({ id }) => id)).toEqual(ids);
    const failure = { message: "too large" };
    await jobs.settle(claims.flat().map((job) => ({ ...job, outcome: { type: "dead", failure } as const })));
    const pruned = [await jobs.prune(100), await jobs.prune(100), await jobs.prune(100)];
    expect([pruned.flat().length, (pruned[0]?.length ?? 20) < 20, pruned[2]]).toEqual([20, true, []]);
  });
});

describe("prune", () => {
  test("keeps as many dead letters as the option says, and removes the oldest", async () => {
    await database.query("drop schema if exists bounded cascade");
    let now = Date.now();
    const jobs = postgres(database.client, { schema: "bounded", maxDead: 3, clock: () => now });
    await jobs.migrate();
    await jobs.enqueue(Array.from({ length: 7 }, (_, i) => newJob(`job-${i}`)));
    for (const job of await jobs.claim(claim)) {
      now++;
      await jobs.settle([{ ...job, outcome: { type: "dead", failure: { message: "no" } } }]);
    }
    expect((await jobs.prune(2)).map(({ id }) => id)).toEqual(["job-0", "job-1"]);
    expect((await jobs.prune(100)).map(({ id }) => id)).toEqual(["job-2", "job-3"]);
    expect(await jobs.prune(100)).toEqual([]);
  });
});

describe.skipIf(url === undefined)("on a server", () => {
  const confirm = defineJob("confirm", {
    input: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as never,
  });

  test("a job that is enqueued in a transaction exists if and only if it commits", async () => {
    const jobs = await fresh("transaction");
    await jobs.migrate();
    await database.query('create table "transaction".orders (id text)');
    const client = new Client({ connectionString: url });
    await client.connect();
    for (const end of ["rollback", "commit"]) {
      await client.query("begin");
      await client.query('insert into "transaction".orders values ($1)', [end]);
      const { status } = await createQueue(jobs.within(client)).enqueue(confirm, {} as never, { id: end });
      expect(status).toBe("created");
      expect(await jobs.get([{ id: end }])).toEqual([undefined]);
      await client.query(end);
    }
    await client.end();
    expect((await jobs.list({ limit: 9 })).jobs.map(({ id }) => id)).toEqual(["commit"]);
    expect(await database.query('select id from "transaction".orders')).toEqual([{ id: "commit" }]);
  });

  test("a role with the privileges of the README does everything but create the schema", async () => {
    const owner = await fresh("guarded");
    await owner.migrate();
    await database.query("drop role if exists longshore_app");
    await database.query("create role longshore_app login");
    await database.query("grant usage on schema guarded to longshore_app");
    await database.query("grant select, insert, update, delete on all tables in schema guarded to longshore_app");
    await database.query("grant usage on all sequences in schema guarded to longshore_app");
    const pool = new Pool({ connectionString: url?.replace("postgres@", "longshore_app@"), max: 1 });
    const jobs = postgres(pool, { schema: "guarded" });
    await jobs.migrate();
    await jobs.enqueue([newJob("a", { keepMs: 0 }), newJob("b"), newJob("c")]);
    const [a, b, c] = await jobs.claim(claim);
    if (a === undefined || b === undefined || c === undefined) throw new Error("three were enqueued");
    await jobs.renew([a], 30_000);
    await jobs.settle([{ ...a, outcome: { type: "complete" } }]);
    await jobs.settle([{ ...b, outcome: { type: "complete" }, next: [newJob("d")] }]);
    await jobs.cancel([c]);
    await jobs.pause("default");
    await jobs.resume("default");
    const { rows } = await jobs.declare([{ name: "s", rule: "r" }]);
    await jobs.advance([{ name: "s", rule: "r", from: rows[0]?.cursor ?? 0, to: 1, job: newJob("e") }]);
    await jobs.announce({ id: "w", slots: 1, busy: 0 }, 1_000);
    await jobs.prune(10);
    expect((await jobs.counts())[0]?.counts).toEqual({ completed: 1, cancelled: 1, enqueued: 2 });
    expect((await pool.query("select id, state from guarded.jobs order by id")).rows.map(({ id }) => id)).toEqual([
      "b",
      "c",
      "d",
      "e",
    ]);
    await pool.end();
    await database.query("drop owned by longshore_app");
    await database.query("drop role longshore_app");
  });

  test("a store wakes once for its own jobs, and for those of a transaction when it commits", async () => {
    await fresh("once");
    const [listening, writing] = [url, url].map((connectionString) => new Client({ connectionString }));
    if (listening === undefined || writing === undefined) throw new Error("there are two");
    await listening.connect();
    await writing.connect();
    let [wakes, committed] = [0, (): void => {}];
    const heardAll = new Promise<void>((resolve) => (committed = resolve));
    const jobs = postgres(writing, {
      schema: "once",
      listen(channel, heard) {
        listening.on("notification", ({ payload = "" }) => {
          heard(payload);
          if (payload === "") committed();
        });
        void listening.query(`listen "${channel}"`);
        return () => listening.end();
      },
    });
    await jobs.migrate();
    const stop = jobs.onWake(() => void wakes++);
    await listening.query("select"); // it listens by now
    await jobs.enqueue([newJob("a")]);
    expect(wakes).toBe(1);
    await writing.query("begin");
    await jobs.within(writing).enqueue([newJob("b")]);
    await writing.query("commit");
    // Notifications arrive in the order of the commits: the one of the first job, too.
    await heardAll;
    expect(wakes).toBe(2);
    stop();
    await jobs.close();
    await writing.end();
  });

  test("a store wakes for jobs whose answer was lost", async () => {
    await fresh("lost_answer");
    let lose = false;
    const jobs = postgres(
      async (text: string, parameters: never[]) => {
        const rows = (await database.query(text, parameters)) as readonly object[]; // rows
        if (lose) throw new Error("the connection was lost");
        return rows;
      },
      { schema: "lost_answer" },
    );
    await jobs.migrate();
    let wakes = 0;
    const stop = jobs.onWake(() => void wakes++);
    lose = true;
    await expect(jobs.enqueue([newJob("a")])).rejects.toThrow("lost");
    expect(wakes).toBe(1);
    stop();
  });

  test("a listener hears of jobs that others enqueue, and again after its connection was ended", async () => {
    const others = await fresh("heard");
    await others.migrate();
    const connectionString = `${url}?application_name=longshore_listener`;
    const jobs = postgres(database.client, {
      schema: "heard",
      listen: listenWith(() => new Client({ connectionString })),
    });
    let ring = (): void => {};
    const heard = (): Promise<void> => new Promise((resolve) => (ring = resolve));
    const connected = heard();
    const stop = jobs.onWake(() => ring());
    await connected;
    const first = heard();
    await others.enqueue([newJob("a")]);
    await first;
    const again = heard();
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'longshore_listener'",
    );
    await again;
    const second = heard();
    await others.enqueue([newJob("b")]);
    await second;
    stop();
    await jobs.close();
  });

  test("a listener hears once of a call with many jobs", async () => {
    const jobs = await fresh("heard_many");
    await jobs.migrate();
    const client = new Client({ connectionString: url });
    await client.connect();
    let heard = 0;
    client.on("notification", () => heard++);
    await client.query("listen heard_many");
    await jobs.enqueue(Array.from({ length: 60 }, (_, i) => newJob(`job-${i}`)));
    // What was announced before comes with this answer.
    await client.query("select 1");
    await client.end();
    expect(heard).toBe(1);
  });

  test("a listener hears of a job that may start because another process ended the one with its key", async () => {
    const others = await fresh("followed");
    await others.migrate();
    const quiet = postgres(database.client, { schema: "followed", notify: false });
    let listening = (): void => {};
    const listens = new Promise<void>((resolve) => (listening = resolve));
    const listen = listenWith(() => new Client({ connectionString: url }));
    const jobs = postgres(database.client, {
      schema: "followed",
      listen: async (channel, heard) => {
        const stop = await listen(channel, heard);
        listening();
        return stop;
      },
    });
    let heard = (): void => {};
    const stop = jobs.onWake(() => heard());
    await listens;
    const unique = { key: "k", on: "replace" } as const;
    const ends: readonly ((first: ClaimedJob) => Promise<unknown>)[] = [
      (first) => others.settle([{ ...first, outcome: { type: "complete" } }]),
      (first) => others.cancel([first]),
      () => others.release([{ key: "k" }]),
    ];
    for (const [n, end] of ends.entries()) {
      await quiet.enqueue([newJob(`${n}-first`, { unique })]);
      const [first] = (await quiet.claim(claim)) as [ClaimedJob];
      await quiet.enqueue([newJob(`${n}-second`, { unique })]);
      const woken = new Promise<void>((resolve) => (heard = resolve));
      await end(first);
      await woken;
      await quiet.remove([{ id: `${n}-second` }]);
    }
    stop();
    await jobs.close();
  });

  test("the loss of a connection between two statements of a transaction ends nothing", async () => {
    const pool = new Pool({ connectionString: `${url}?application_name=longshore_between`, max: 1 });
    const jobs = postgres(pool, { schema: "idle" });
    const client = await pool.connect();
    await client.query("begin");
    const lost = new Promise((resolve) => client.once("end", resolve));
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'longshore_between'",
    );
    // Without a listener of ours, the error before it would end a process; here it ends the run of Vitest.
    await lost;
    await expect(client.query("commit")).rejects.toThrow("is not queryable");
    client.release(true);
    await jobs.close();
    await pool.end();
  });

  test("the loss of an idle connection is logged and ends nothing", async () => {
    const pool = new Pool({ connectionString: `${url}?application_name=longshore_idle`, max: 1 });
    const logged: string[] = [];
    const log = (message: unknown): void => void logged.push(JSON.stringify(message));
    let lost = (): void => {};
    const loss = new Promise<void>((resolve) => (lost = resolve));
    const warn = (...told: unknown[]): void => {
      log(told);
      lost();
    };
    const jobs = postgres(pool, { schema: "idle", log: { debug: log, info: log, warn, error: log } });
    await jobs.migrate();
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'longshore_idle'",
    );
    await loss;
    expect(logged.join()).toContain("an idle connection to Postgres was lost");
    expect(await jobs.enqueue([newJob("a")])).toEqual([{ status: "created" }]);
    await pool.end();
  });

  test("what the server undoes because of a deadlock is done at last", async () => {
    const jobs = await fresh("deadlock");
    await jobs.migrate();
    await jobs.enqueue(["a", "b"].map((id) => newJob(id, { due: { inMs: 60_000 } })));
    const rival = new Client({ connectionString: url });
    await rival.connect();
    await rival.query("set deadlock_timeout = '100s'");
    await rival.query("begin");
    await rival.query("select from deadlock.job where id = 'b' for update");
    // The store locks a, and waits for b; its rival then waits for a.
    const cancelled = jobs.cancel([{ id: "a" }, { id: "b" }]);
    const waiting = async (): Promise<boolean> =>
      (
        await database.query(
          "select from pg_stat_activity where wait_event = 'transactionid' and query like '%deadlock%operate%'",
        )
      ).length > 0;
    while (!(await waiting()));
    await rival.query("select from deadlock.job where id = 'a' for update");
    await rival.query("commit");
    await rival.end();
    expect(await cancelled).toEqual([{ status: "done" }, { status: "done" }]);
  });

  test("where transactions are serializable by default, every job still runs, and once", async () => {
    await database.query("drop schema if exists strict cascade");
    const options = "-c%20default_transaction_isolation=serializable";
    const pool = new Pool({ connectionString: `${url}?options=${options}`, max: 8 });
    const stores = Array.from({ length: 8 }, () => postgres(pool, { schema: "strict" }));
    await Promise.all(stores.map((jobs) => jobs.migrate()));
    const made = await Promise.all(
      stores.map((jobs) => jobs.enqueue(Array.from({ length: 50 }, (_, i) => newJob(`job-${i}`, { keepMs: 0 })))),
    );
    expect(made.flat().filter(({ status }) => status === "created").length).toBe(50);
    const ran: string[] = [];
    const drain = async (jobs: Postgres): Promise<void> => {
      for (;;) {
        const taken = await jobs.claim(claim);
        if (taken.length === 0) return;
        const answers = await jobs.settle(taken.map((job) => ({ ...job, outcome: { type: "complete" } as const })));
        ran.push(...taken.filter((_, i) => answers[i] === "accepted").map(({ id }) => id));
      }
    };
    // Two at a time: with more of them, a statement may be undone more often than the store repeats it.
    await Promise.all(stores.slice(0, 2).map(drain));
    await pool.end();
    expect(ran.sort()).toEqual(Array.from({ length: 50 }, (_, i) => `job-${i}`).sort());
  });
});
