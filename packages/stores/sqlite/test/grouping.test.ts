import { DatabaseSync } from "node:sqlite";
import type { NewJob } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { sqlite } from "../src/index.ts";

const job = (id: string, payload = "{}"): NewJob => ({
  id,
  name: "task",
  queue: "default",
  payload,
  headers: {},
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
});

/** A store over a handle that counts its commits. */
function counting() {
  const db = new DatabaseSync(":memory:");
  let commits = 0;
  db.exec("CREATE TABLE orders(id)");
  const prepare = db.prepare.bind(db);
  const handle = Object.assign(db, {
    prepare(sql: string) {
      const statement = prepare(sql);
      if (sql !== "COMMIT") return statement;
      const all = statement.all.bind(statement);
      return Object.assign(statement, { all: () => (commits++, all()) });
    },
  });
  const jobs = sqlite(handle);
  return { db, jobs, commits: () => commits };
}

test("calls of one turn are one transaction, and each gets its own answers", async () => {
  const { jobs, commits } = counting();
  const before = commits();
  const calls = [[job("a"), job("b")], [job("b")], [], [job("c")]].map((each) => jobs.enqueue(each));
  expect(await Promise.all(calls)).toEqual([
    [{ status: "created" }, { status: "created" }],
    [{ status: "duplicate", state: "enqueued" }],
    [],
    [{ status: "created" }],
  ]);
  expect(commits() - before).toBe(1);
});

test("a transaction has at most a thousand jobs of several calls", async () => {
  const { jobs, commits } = counting();
  const before = commits();
  const many = (from: string): NewJob[] => Array.from({ length: 600 }, (_, i) => job(`${from}${i}`));
  await Promise.all([jobs.enqueue(many("a")), jobs.enqueue(many("b")), jobs.enqueue(many("c"))]);
  expect(commits() - before).toBe(3);
  expect(await jobs.counts()).toEqual([expect.objectContaining({ counts: { enqueued: 1_800 } })]);
});

test("a call that the database refuses leaves the others of its turn alone", async () => {
  const { db, jobs } = counting();
  db.exec(
    "CREATE TRIGGER refuse BEFORE INSERT ON longshore_jobs WHEN new.payload='\"bad\"' BEGIN SELECT RAISE(ABORT,'refused'); END",
  );
  const calls = [[job("a")], [job("b"), job("bad", '"bad"')], [job("c")]].map((each) => jobs.enqueue(each));
  const [first, second, third] = await Promise.allSettled(calls);
  expect([first?.status, second?.status, third?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const states = await jobs.get(["a", "b", "bad", "c"].map((id) => ({ id })));
  expect(states.map((stored) => stored?.state)).toEqual(["enqueued", undefined, undefined, "enqueued"]);
});
