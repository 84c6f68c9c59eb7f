import { describe, expect, test } from "vitest";
import { type Database, type SharedDatabase, openState, storeOver } from "../src/index.ts";
import { job, jobs, request } from "./opened.ts";
import { oneConnection } from "./subject.ts";

// Rows of one call are written and deleted several to a statement, where each job has a row of its own.

const CREATED = { status: "created" };
let now = 1_700_000_000_000;
const opened = (database: Database) => storeOver(openState(database, { clock: () => now }));

const file: SharedDatabase = { version: () => 1, snapshot: (work) => work(), run: () => 0 };

/** Tells how many statements on jobs began with a word since it was last asked. */
function counted(shared?: SharedDatabase): { readonly database: Database; count(word: string): number } {
  const inner = oneConnection();
  let queries: string[] = [];
  const sql: Database["sql"] = (query, ...values) => {
    queries.push(query);
    return inner.sql(query, ...values);
  };
  return {
    database: { ...inner, sql, shared },
    count(word) {
      const found = queries.filter((query) => query.startsWith(word) && query.includes("longshore_jobs"));
      queries = [];
      return found.length;
    },
  };
}

describe("a hundred jobs", () => {
  test("are looked up in one statement and written in thirteen", () => {
    const { database, count } = counted();
    const store = opened(database);
    store.enqueue(jobs(1));
    // Those that load what is in memory.
    count("SELECT");
    store.enqueue(jobs(101).slice(1));
    expect(count("SELECT j.id")).toBe(1);
    store.enqueue(jobs(201).slice(101));
    expect(count("INSERT")).toBe(13);
  });

  test.each([
    { where: "a file, which pays with time", shared: file, statements: 13 },
    { where: "an object, which pays for the rows that a list reads", shared: undefined, statements: 100 },
  ])("are deleted in $statements statements when they have completed in $where", ({ shared, statements }) => {
    const { database, count } = counted(shared);
    const store = opened(database);
    store.enqueue(jobs(100));
    const claimed = store.claim(request(100));
    count("DELETE");
    store.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
    expect(count("DELETE")).toBe(statements);
    expect(store.list({ limit: 100 }).jobs).toEqual([]);
  });
});

test("ids whose kept rows have expired are free for several jobs of one call", () => {
  const store = opened(oneConnection());
  store.enqueue(jobs(2, { keepMs: 1_000 }));
  const claimed = store.claim(request(2));
  store.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  const again = [...jobs(2), job("other")];
  expect(store.enqueue(again).map(({ status }) => status)).toEqual(["duplicate", "duplicate", "created"]);
  now += 1_001;
  expect(store.enqueue([...jobs(2), job("third")])).toEqual([CREATED, CREATED, CREATED]);
  expect(store.claim(request(9)).map(({ id }) => id)).toEqual(["other", "job-0000", "job-0001", "third"]);
});

test("a job that completed is gone for the settlements behind it in the call, and its id is free for one that follows", () => {
  const store = opened(oneConnection());
  store.enqueue([job("a"), job("b")]);
  const [a, b] = store.claim(request(2)).map(({ id, token }) => ({ id, token }));
  if (a === undefined || b === undefined) throw new Error("two were enqueued");
  const done = { ...a, outcome: { type: "complete" } } as const;
  const answers = store.settle([done, done, { ...b, outcome: { type: "complete" }, next: [job("a")] }]);
  expect(answers).toEqual(["accepted", "gone", { status: "accepted", next: [CREATED] }]);
  expect(store.claim(request(9)).map(({ id }) => id)).toEqual(["a"]);
});

test("a statement that fails in its middle has written none of its rows", () => {
  const database = oneConnection();
  const store = opened(database);
  store.enqueue([job("stands")]);
  database.sql(
    "CREATE TRIGGER refusing BEFORE INSERT ON longshore_jobs WHEN new.id='c' BEGIN SELECT RAISE(FAIL,'refused'); END",
  );
  expect(() => store.enqueue([job("a"), job("b"), job("c")])).toThrow("refused");
  expect(store.list({ limit: 9 }).jobs.map(({ id }) => id)).toEqual(["stands"]);
});
