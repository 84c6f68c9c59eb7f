import { DatabaseSync } from "node:sqlite";
import { createQueue, defineJob, defineQueue } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type Sqlite, sqlite } from "../src/index.ts";
import { tempFolder } from "./files.ts";

// Jobs that need no more than a row: a file takes them without a look for their ids (docs/decisions/0110).
const { path, remove } = tempFolder();
afterAll(remove);

const CREATED = { status: "created" };
const DUPLICATE = { status: "duplicate", state: "enqueued" };
const job = (id: string, more: Partial<NewJob> = {}): NewJob => ({
  id,
  name: "task",
  queue: "default",
  payload: "{}",
  headers: {},
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
  ...more,
});
const jobs = (from: number, to: number, more?: Partial<NewJob>): NewJob[] =>
  Array.from({ length: to - from }, (_, i) => job(`job-${from + i}`, more));

let files = 0;
let file: string;
let ran: string[] = [];
/** A statement that fails. */
let failing: string | undefined;
let now = 1_700_000_000_000;
let db: DatabaseSync;
let store: Sqlite;
/** Another process of the same file. */
let other: Sqlite;
beforeEach(() => {
  file = path(`plain-${++files}.db`);
  db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode=WAL");
  const prepare = db.prepare.bind(db);
  const noting = Object.assign(db, {
    prepare(sql: string) {
      const statement = prepare(sql);
      const { all, run } = { all: statement.all.bind(statement), run: statement.run.bind(statement) };
      const note =
        <T>(work: (...values: never[]) => T) =>
        (...values: never[]): T => {
          ran.push(sql);
          if (sql === failing) throw new Error("disk full");
          return work(...values);
        };
      return Object.assign(statement, { all: note(all), run: note(run) });
    },
  });
  store = sqlite(noting, { clock: () => now });
  other = sqlite(file, { clock: () => now });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  await other.close();
  db.close();
});

const claim = (from: Sqlite, limit = 100) => from.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });
const ids = async (from: Sqlite): Promise<string[]> => (await claim(from)).map(({ id }) => id);
/** Claims all that is due and completes it. */
async function finish(from: Sqlite): Promise<void> {
  const claimed = await claim(from);
  await from.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
}
const statements = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
  ran = [];
  await work();
  return ran;
};

describe("a job that comes alone", () => {
  test("is one statement", async () => {
    await store.enqueue([job("first")]);
    const done = await statements(() => store.enqueue([job("second")]));
    expect(done.map((sql) => sql.slice(0, 16))).toEqual(["INSERT OR IGNORE"]);
    expect(await ids(store)).toEqual(["first", "second"]);
  });

  test("is one statement also after another process has written what takes no number, such as a table of the app's", async () => {
    await store.enqueue([job("first")]);
    const app = new DatabaseSync(file);
    app.exec("CREATE TABLE app(n); INSERT INTO app VALUES(1)");
    app.close();
    await other.announce({ id: "worker", slots: 1, busy: 0 }, 1_000);
    const done = await statements(() => store.enqueue([job("second")]));
    expect(done.map((sql) => sql.slice(0, 16))).toEqual(["INSERT OR IGNORE"]);
    expect(await ids(other)).toEqual(["first", "second"]);
  });

  test("runs in the order of its enqueue, whichever process enqueued others in the same millisecond", async () => {
    let real = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => real);
    await store.enqueue([job("a")]);
    real++;
    const [b, c, d, e] = [store, other, store, other].map((from, i) => () => from.enqueue([job("bcde".charAt(i))]));
    const done = await statements(async () => b?.());
    expect(done.map((sql) => sql.slice(0, 16))).toEqual(["INSERT OR IGNORE"]);
    for (const next of [c, d]) await next?.();
    real++;
    await e?.();
    expect(await ids(store)).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("whose id stands is a duplicate, in the state of the job that stands, and writes nothing", async () => {
    await store.enqueue([job("a")]);
    expect(await store.enqueue([job("a", { payload: "1" })])).toEqual([DUPLICATE]);
    await claim(store);
    expect(await store.enqueue([job("a")])).toEqual([{ status: "duplicate", state: "active" }]);
    expect((await store.get([{ id: "a" }]))[0]?.payload).toBe("{}");
  });

  test("takes an id whose kept row has expired", async () => {
    await store.enqueue([job("a", { keepMs: 1_000 })]);
    await finish(store);
    expect(await store.enqueue([job("a")])).toEqual([{ status: "duplicate", state: "completed" }]);
    now += 1_001;
    expect(await store.enqueue([job("a")])).toEqual([CREATED]);
    expect(await ids(store)).toEqual(["a"]);
  });

  test("is not held by a lease that another process had on an earlier job of its id", async () => {
    await store.enqueue([job("a")]);
    await finish(other);
    expect(await store.enqueue([job("a")])).toEqual([CREATED]);
    expect(await ids(other)).toEqual(["a"]);
  });

  test("is not held by the lease of another process that had enqueued before it, however time goes on", async () => {
    let real = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => real++);
    await other.enqueue([job("first")]);
    await store.enqueue([job("a")]);
    await finish(other);
    expect(await store.enqueue([job("a")])).toEqual([CREATED]);
    expect(await ids(other)).toEqual(["a"]);
  });

  test("is not written by the memory of a claim that was rolled back, whose tokens are given again", async () => {
    await store.enqueue(jobs(0, 3));
    failing = "COMMIT";
    await expect(claim(store)).rejects.toThrow("disk full");
    failing = undefined;
    await store.enqueue([job("urgent", { priority: 0 })]);
    expect((await claim(store, 1)).map(({ id }) => id)).toEqual(["urgent"]);
    expect(await ids(other)).toEqual(jobs(0, 3).map(({ id }) => id));
  });

  test("counts in a queue that another process counts", async () => {
    const narrow = defineQueue("default", { maxDepth: 2 });
    const task = defineJob("task", { input: z.object({}), queue: narrow });
    await store.enqueue([job("a")]);
    await createQueue(other).enqueue(task, {});
    await store.enqueue([job("b")]);
    await store.enqueue([job("c")]);
    expect(await other.depth("default")).toMatchObject({ jobs: 4 });
    await expect(createQueue(other).enqueue(task, {})).rejects.toMatchObject({ code: "queue_full" });
  });

  test("has its place before what other processes enqueue later, also if the clock was set back", async () => {
    const at = { at: now };
    const real = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(real + 60_000);
    await store.enqueue([job("a", { due: at })]);
    clock.mockReturnValue(real);
    await store.enqueue([job("b", { due: at })]);
    await other.enqueue([job("c", { due: at })]);
    expect(await ids(other)).toEqual(["a", "b", "c"]);
  });
});

describe("jobs of a call", () => {
  test("are written eight to a statement, and their ids are not looked for", async () => {
    await store.enqueue([job("first")]);
    const done = await statements(() => store.enqueue(jobs(0, 20)));
    expect(done.filter((sql) => sql.includes("longshore_jobs")).map((sql) => sql.slice(0, 16))).toEqual(
      Array(3).fill("INSERT OR IGNORE"),
    );
  });

  test("are created but for those whose ids stand or come twice, each once and in its order", async () => {
    await store.enqueue([job("job-15", { payload: "1" })]);
    const answers = await store.enqueue([...jobs(0, 20), job("job-3")]);
    const expected: object[] = Array.from({ length: 21 }, () => CREATED);
    expected[15] = expected[20] = DUPLICATE;
    expect(answers).toEqual(expected);
    expect(await ids(store)).toEqual(
      ["job-15", ...jobs(0, 20).map(({ id }) => id)].filter((id, i) => i === 0 || id !== "job-15"),
    );
  });

  test("have the text of their own definition", async () => {
    const headers = { v: "1" };
    const three = [
      job("a", { headers }),
      job("b", { headers, name: "other" }),
      job("c", { headers: { v: "1", x: "1" }, name: "other" }),
      job("d", { headers, name: "other", partition: "p" }),
      job("e", { headers, name: "other" }),
    ];
    await store.enqueue(three);
    const got = await claim(store);
    expect(got.map(({ id, name, headers: told, partition }) => ({ id, name, headers: told, partition }))).toEqual(
      three.map(({ id, name, headers: told, partition }) => ({ id, name, headers: told, partition })),
    );
  });
});
