import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import Better from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type SqliteHandle, sqlite } from "../src/index.ts";
import { tempFolder } from "./files.ts";

const { path, remove } = tempFolder();
afterAll(remove);

const task = defineJob("task", { input: z.object({ n: z.number() }) });
const pragma = (db: DatabaseSync, name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

describe("a path", () => {
  test("is opened in WAL mode, so that readers and the store do not wait for each other", async () => {
    const file = path("wal.db");
    const jobs = sqlite(file);
    await createQueue(jobs).enqueue(task, { n: 1 });
    expect(existsSync(`${file}-wal`)).toBe(true);
    await jobs.close();
    const db = new DatabaseSync(file);
    expect(pragma(db, "journal_mode")).toBe("wal");
    db.close();
  });

  test("can be that of a database in memory, of which any number stand side by side", async () => {
    const [one, two] = [sqlite(":memory:"), sqlite(":memory:")];
    await createQueue(one).enqueue(task, { n: 1 });
    expect([(await one.counts()).length, (await two.counts()).length]).toEqual([1, 0]);
    await one.close();
    await two.close();
  });

  test("can be opened any number of times, also by another name, and each store sees what the others have done", async () => {
    const file = path("one.db");
    const first = sqlite(file);
    symlinkSync(file, path("link.db"));
    const second = sqlite(path("link.db"));
    await createQueue(first).enqueue(task, { n: 1 });
    expect((await second.claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 })).length).toBe(1);
    expect(await first.counts()).toEqual([expect.objectContaining({ counts: { active: 1 } })]);
    await first.close();
    await second.close();
  });
});

describe("a handle of the user's", () => {
  test("has one store at a time, whichever copy of the package made it", async () => {
    const db = new DatabaseSync(":memory:");
    const jobs = sqlite(db);
    expect(() => sqlite(db)).toThrow(expect.objectContaining({ code: "store_in_use" }));
    await jobs.close();
    await sqlite(db).close();
    db.close();
  });

  test("keeps its settings and stays open", async () => {
    const db = new DatabaseSync(path("own.db"));
    const before = [pragma(db, "journal_mode"), pragma(db, "synchronous"), pragma(db, "busy_timeout")];
    const jobs = sqlite(db);
    await createQueue(jobs).enqueue(task, { n: 1 });
    await jobs.close();
    expect([pragma(db, "journal_mode"), pragma(db, "synchronous"), pragma(db, "busy_timeout")]).toEqual(before);
    expect(db.prepare("SELECT count(*) n FROM longshore_jobs").get()).toEqual({ n: 1 });
    db.close();
  });

  test.each<[library: string, open: () => SqliteHandle]>([
    ["node:sqlite", () => new DatabaseSync(":memory:", { readBigInts: true })],
    ["better-sqlite3", () => new Better(":memory:").defaultSafeIntegers(true)],
  ])("of %s may read its integers as BigInt: the store's own stay numbers", async (_library, open) => {
    const db = open();
    const jobs = sqlite(db);
    const queue = createQueue(jobs);
    const { id } = await queue.enqueue(task, { n: 1 });
    await createWorker(jobs, { handlers: [handle(task, () => {})] }).drain();
    expect(await queue.get(id)).toMatchObject({ state: "completed", attempt: 1, priority: 5 });
    expect(await queue.counts()).toEqual([{ queue: "default", paused: false, counts: { completed: 1 } }]);
    expect((db.prepare("SELECT 1 n") as { get(): unknown }).get()).toEqual({ n: 1n });
    await jobs.close();
    db.close();
  });
});

test.each<[what: string, database: unknown]>([
  ["a path that a variable lacks", undefined],
  ["an empty path, which SQLite takes for a file that ends with the handle", ""],
  ["a number", 5],
  ["a URL", new URL("file:///jobs.db")],
  ["options", { path: "jobs.db" }],
])("%s is refused", (_what, database) => {
  expect(() => sqlite(database as string)).toThrow(
    expect.objectContaining({
      code: "invalid_option",
      message: expect.stringMatching(/^The database of sqlite must be /),
    }),
  );
});

test.each<[what: string, file: () => string]>([
  ["in a folder that does not exist", () => path("no/such/folder.db")],
  ["that is a folder", () => path("")],
])("a file %s is refused by its name", (_what, file) => {
  const named = expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(file()) });
  expect(() => sqlite(file())).toThrow(named);
});

const readOnly = (): string => {
  const file = path("read-only.db");
  new DatabaseSync(file).exec("CREATE TABLE IF NOT EXISTS own (id)");
  return file;
};
test.each<[what: string, source: () => string | SqliteHandle, why: string]>([
  ["is read-only", () => new DatabaseSync(readOnly(), { readOnly: true }), "readonly"],
  ["is read-only, of better-sqlite3", () => new Better(readOnly(), { readonly: true }), "readonly"],
  ["is closed", () => new DatabaseSync(path("closed.db"), { open: false }), "not open"],
  ["is no database", () => (writeFileSync(path("text.db"), "text".repeat(500)), path("text.db")), "not a database"],
])("what %s is refused by a code, with SQLite's reason", (_what, source, why) => {
  const refused = expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(why) });
  expect(() => sqlite(source())).toThrow(refused);
});

test("tables of a newer version are refused when the store is made, and left alone", async () => {
  const file = path("newer.db");
  await sqlite(file).close();
  const db = new DatabaseSync(file);
  db.exec("UPDATE longshore_meta SET value='99' WHERE id='format'");
  db.close();
  for (let tries = 0; tries < 2; tries++) {
    expect(() => sqlite(file)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining("format 9") }),
    );
  }
});

test("tables of older code, which would take numbers without a word, get a format that it refuses when a file is opened", async () => {
  const file = path("older.db");
  const db = new DatabaseSync(file);
  const format = (): unknown => db.prepare("SELECT value FROM longshore_meta WHERE id='format'").get()?.["value"];
  await sqlite(file).close();
  expect(format()).toBe("12");
  db.exec("UPDATE longshore_meta SET value='3' WHERE id='format'");
  await sqlite(file).close();
  expect(format()).toBe("12");
  db.close();
});

test("a unique key is held in a file that is opened again", async () => {
  const file = path("keyed.db");
  const jobs = sqlite(file);
  await createQueue(jobs).enqueue(task, { n: 1 }, { unique: { key: 1 } });
  await jobs.close();
  const again = sqlite(file);
  expect((await createQueue(again).enqueue(task, { n: 2 }, { unique: { key: 1 } })).status).toBe("duplicate");
  await again.close();
});

test("other connections keep the limit of the first job that has one", async () => {
  const file = path("limited.db");
  const limits = { key: "k", running: 1 };
  const [one, two] = [sqlite(file), sqlite(file)];
  const add = (store: typeof one, id: string) =>
    store.enqueue([
      { id, name: "t", queue: "q", payload: "{}", headers: {}, priority: 5, due: { inMs: 0 }, keepMs: 0, limits },
    ]);
  const take = (store: typeof one) => store.claim({ queues: [{ name: "q", limit: 9 }], leaseMs: 30_000 });
  await add(one, "a");
  const [a] = await take(one);
  await add(two, "b");
  expect([a?.id, await take(two), await take(one)]).toEqual(["a", [], []]);
  await two.settle([{ id: "a", token: a?.token ?? 0, outcome: { type: "complete" } }]);
  expect((await take(one)).map(({ id }) => id)).toEqual(["b"]);
  await Promise.all([one.close(), two.close()]);
});

test("the end of a job wakes the workers of this process if another waits behind it, and else not", async () => {
  const jobs = sqlite(path("behind.db"));
  const queue = createQueue(jobs);
  const unique = { key: 1, on: "replace" } as const;
  const wakes: number[] = [];
  const claimed = async () => (await jobs.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 }))[0];
  const complete = async (job: Awaited<ReturnType<typeof claimed>>) => {
    wakes.length = 0;
    await jobs.settle([{ id: job?.id ?? "", token: job?.token ?? 0, outcome: { type: "complete" } }]);
    return wakes.length;
  };
  await queue.enqueue(task, { n: 1 }, { unique });
  const first = await claimed();
  await queue.enqueue(task, { n: 2 }, { unique });
  const stop = jobs.onWake(() => wakes.push(1));
  expect(await complete(first)).toBe(1);
  expect(await complete(await claimed())).toBe(0);
  stop();
  await jobs.close();
});

test("a worker that a crash took is still seen after a restart", async () => {
  const file = path("presence.db");
  let now = 1_000_000;
  const before = sqlite(file, { clock: () => now });
  await before.announce({ id: "w", slots: 10, busy: 3 }, 30_000);
  await before.close();
  now += 60_000;
  const after = sqlite(file, { clock: () => now });
  expect(await after.workers()).toEqual([{ id: "w", slots: 10, busy: 3, alive: false, agoMs: 60_000 }]);
  await after.close();
});
