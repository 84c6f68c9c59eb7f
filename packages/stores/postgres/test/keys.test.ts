import type { ClaimedJob, NewJob, Unique } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { type Postgres, postgres } from "../src/index.ts";
import { openContenders } from "./contenders.ts";

const url = inject("postgres");
const REPLACE: Unique = { key: "k", on: "replace" };
const claim = { queues: [{ name: "default", limit: 10 }], leaseMs: 30_000 };
const complete = { type: "complete" } as const;

describe.skipIf(url === undefined)("unique keys", () => {
  const pool = new Pool({ connectionString: url, max: 6 });
  afterAll(() => pool.end());

  async function fresh(schema: string, now?: () => number): Promise<Postgres> {
    await pool.query(`drop schema if exists ${schema} cascade`);
    const jobs = postgres(pool, { schema, clock: now });
    await jobs.migrate();
    return jobs;
  }
  /** Resolves once a statement of the schema waits for a lock of somebody else; a call that does not wait is a failure. */
  const waiting = async (schema: string, call: Promise<unknown>): Promise<void> => {
    let over = false;
    void call.finally(() => (over = true));
    const ask = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%'`;
    while ((await pool.query(ask)).rows.length === 0) expect(over).toBe(false);
  };
  /** Does `work` in a transaction that stays open until it is told how to end. */
  async function open(work: (client: Client) => Promise<unknown>) {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("begin");
    await work(client);
    return async (end: "commit" | "rollback"): Promise<void> => {
      await client.query(end);
      await client.end();
    };
  }

  test("are not held by a call that waits for the job behind one, which an operator may be changing", async () => {
    const jobs = await fresh("keys_behind");
    await jobs.enqueue([newJob("holder", { unique: REPLACE })]);
    await jobs.claim(claim);
    await jobs.enqueue([newJob("behind", { unique: REPLACE })]);
    // As a cancellation does: first the job, and then its key.
    let operator: Client | undefined;
    const close = await open(async (client) => {
      operator = client;
      await client.query("select from keys_behind.job where id = 'behind' for update");
    });
    const { contenders, undone } = openContenders(url, "keys_behind", 1);
    const answers = Promise.all(contenders.map((one) => one.jobs.enqueue([newJob("newer", { unique: REPLACE })])));
    await waiting("keys_behind", answers);
    await operator?.query("select from keys_behind.key for update");
    await close("commit");
    expect(await answers).toEqual([[{ status: "queued_behind", id: "behind" }]]);
    expect(undone).toEqual([]);
    await Promise.all(contenders.map(({ end }) => end()));
  });

  test("are taken in a transaction if and only if it commits, and others wait for that", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const jobs = await fresh("keys_within");
      const close = await open((client) =>
        jobs.within(client).enqueue([newJob("within", { unique: { ...REPLACE, on: "keep" } })]),
      );
      const answer = jobs.enqueue([newJob("outside", { unique: { ...REPLACE, on: "keep" } })]);
      await waiting("keys_within", answer);
      await close(end);
      const duplicate = { status: "duplicate", state: "enqueued", id: "within" };
      expect(await answer).toEqual([end === "commit" ? duplicate : { status: "created" }]);
      expect((await jobs.claim(claim)).map(({ id }) => id)).toEqual([end === "commit" ? "within" : "outside"]);
    }
  });

  test("go to the first job of a call that replays several, whatever their ids", async () => {
    const jobs = await fresh("keys_replayed");
    const refs = ["b", "a"].map((id) => ({ id }));
    for (const { id } of refs) {
      await jobs.enqueue([newJob(id, { unique: REPLACE })]);
      await jobs.cancel([{ id }]);
    }
    expect(await jobs.replay(refs)).toEqual([{ status: "done" }, { status: "refused", state: "cancelled" }]);
  });

  test("go to the job behind when the one that holds them was given back and has not begun in time", async () => {
    let now = 1_000_000;
    const jobs = await fresh("keys_late", () => now);
    await jobs.enqueue([newJob("late", { unique: REPLACE, startWithinMs: 1_000 })]);
    const [late] = (await jobs.claim(claim)) as [ClaimedJob];
    expect(await jobs.enqueue([newJob("behind", { unique: REPLACE })])).toEqual([
      { status: "queued_behind", id: "behind" },
    ]);
    await jobs.settle([{ ...late, outcome: { type: "snooze", delayMs: 0 } }]);
    now += 1_001;
    const told = (await jobs.claim(claim)).map(({ id, expired }) => [id, expired]);
    expect(told.toSorted()).toEqual([
      ["behind", undefined],
      ["late", true],
    ]);
  });

  test("are taken once by two at the same time, also where an earlier job has held them for its time", async () => {
    let now = 1_000_000;
    const jobs = await fresh("keys_stale", () => now);
    const throttled = (id: string): NewJob => newJob(id, { keepMs: 0, unique: { key: "k", on: "keep", forMs: 1_000 } });
    await jobs.enqueue([throttled("first")]);
    const [first] = (await jobs.claim(claim)) as [ClaimedJob];
    await jobs.settle([{ ...first, outcome: complete }]);
    now += 1_000;
    const close = await open((client) => jobs.within(client).enqueue([throttled("second")]));
    const answer = jobs.enqueue([throttled("third")]);
    await waiting("keys_stale", answer);
    await close("commit");
    expect(await answer).toEqual([{ status: "duplicate", state: "enqueued", id: "second" }]);
  });

  test("an update waits for the end of the job that it would have followed, and makes a job of its own", async () => {
    const jobs = await fresh("keys_ending");
    await jobs.enqueue([newJob("first", { unique: REPLACE })]);
    const [job] = (await jobs.claim(claim)) as [ClaimedJob];
    const settlement = JSON.stringify([{ i: 0, id: "first", token: job.token, type: "complete" }]);
    const close = await open((client) =>
      client.query("select * from keys_ending.settle(null, $1, false)", [settlement]),
    );
    const answer = jobs.enqueue([newJob("second", { unique: REPLACE })]);
    await waiting("keys_ending", answer);
    await close("commit");
    expect(await answer).toEqual([{ status: "created" }]);
    expect((await jobs.claim(claim)).map(({ id }) => id)).toEqual(["second"]);
  });

  test("the end of a job waits for an update that will follow it, and starts it", async () => {
    const jobs = await fresh("keys_following");
    await jobs.enqueue([newJob("first", { unique: REPLACE, keepMs: 0 })]);
    const [job] = (await jobs.claim(claim)) as [ClaimedJob];
    const close = await open(async (client) =>
      expect(await jobs.within(client).enqueue([newJob("second", { unique: REPLACE })])).toEqual([
        { status: "queued_behind", id: "second" },
      ]),
    );
    const settled = jobs.settle([{ ...job, outcome: complete }]);
    await waiting("keys_following", settled);
    await close("commit");
    expect(await settled).toEqual(["accepted"]);
    expect((await jobs.claim(claim)).map(({ id }) => id)).toEqual(["second"]);
  });

  test("an update does not wait for whoever cancels the job behind, and stands in its place", async () => {
    const jobs = await fresh("keys_cancelling");
    await jobs.enqueue([newJob("first", { unique: REPLACE })]);
    await jobs.claim(claim);
    await jobs.enqueue([newJob("second", { unique: REPLACE })]);
    const close = await open((client) =>
      client.query(`select * from keys_cancelling.operate(null, 'cancel', '["second"]', false)`),
    );
    const answer = jobs.enqueue([newJob("third", { unique: REPLACE })]);
    await waiting("keys_cancelling", answer);
    await close("commit");
    expect(await answer).toEqual([{ status: "queued_behind", id: "third" }]);
  });

  test("a job that must not change is claimed while others ask for its key", async () => {
    const jobs = await fresh("keys_asking");
    const keep: Unique = { key: "k", on: "keep" };
    await jobs.enqueue([newJob("first", { unique: keep })]);
    const close = await open((client) => jobs.within(client).enqueue([newJob("second", { unique: keep })]));
    expect((await jobs.claim(claim)).map(({ id }) => id)).toEqual(["first"]);
    await close("commit");
  });

  test("their table holds no more than live jobs and times that are not over", async () => {
    let now = 1_000_000;
    const jobs = await fresh("keys_bounded", () => now);
    const kept = async (): Promise<number> => (await pool.query("select from keys_bounded.key")).rows.length;
    const throttled = (n: number): NewJob =>
      newJob(`job-${n}`, { keepMs: 0, unique: { key: `${n}`, on: "keep", forMs: 1_000 } });
    await jobs.enqueue(Array.from({ length: 20 }, (_, n) => throttled(n)));
    const taken = await jobs.claim({ ...claim, queues: [{ name: "default", limit: 20 }] });
    await jobs.settle(taken.map((job) => ({ ...job, outcome: complete })));
    expect(await kept()).toBe(20);
    now += 1_000;
    for (let n = 20; n < 31; n++) await jobs.enqueue([throttled(n)]);
    expect(await kept()).toBe(11);
    const rest = await jobs.claim({ ...claim, queues: [{ name: "default", limit: 20 }] });
    await jobs.release(rest.map((_, i) => ({ key: `${20 + i}` })));
    expect(await kept()).toBe(0);
  });

  test("hold and lose no update while several processes enqueue and run, without a deadlock", async () => {
    await fresh("keys_contention");
    const { contenders, undone } = openContenders(url, "keys_contention", 5);
    const [one, two, ...workers] = contenders.map(({ jobs }) => jobs) as [Postgres, Postgres, ...Postgres[]];
    const KEYS = ["a", "b", "c", "d"];
    const ROUNDS = 60;
    /** What ran of each key, in order. */
    const ran = new Map<string, { readonly from?: string; readonly n?: number }[]>();
    const running = new Set<string>();
    let enqueuing = true;

    const produce = async (from: string, jobs: Postgres): Promise<void> => {
      for (let n = 0; n < ROUNDS; n++) {
        // The two go through the keys in opposite orders.
        const keys = from === "one" ? KEYS : [...KEYS].reverse();
        const answers = await jobs.enqueue(
          keys.map((key) =>
            newJob(`${from}-${key}-${n}`, {
              payload: JSON.stringify({ from, n }),
              keepMs: 0,
              unique: { key, on: "replace" },
            }),
          ),
        );
        for (const { status } of answers) expect(status).toMatch(/^(created|replaced|queued_behind)$/);
        const asked = keys
          .slice(0, n % 3)
          .map((key) => newJob(`${from}-${key}-${n}-asked`, { payload: "{}", unique: { key, on: "keep" } }));
        await jobs.enqueue(asked);
      }
    };
    const work = async (jobs: Postgres, i: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        const last = !enqueuing;
        const taken = await jobs.claim({ queues: [{ name: "default", limit: 3 }], leaseMs: 300_000 });
        if (taken.length === 0 && last) return;
        for (const { uniqueKey = "", payload } of taken) {
          expect([uniqueKey, running.has(uniqueKey)]).toEqual([uniqueKey, false]);
          running.add(uniqueKey);
          ran.set(uniqueKey, [...(ran.get(uniqueKey) ?? []), JSON.parse(payload)]);
        }
        await new Promise(setImmediate);
        for (const { uniqueKey = "" } of taken) running.delete(uniqueKey);
        const failure = { message: "it broke" };
        const ends = [complete, complete, { type: "retry", delayMs: 0, failure }, { type: "dead", failure }] as const;
        const answers = await jobs.settle(
          taken.map((job) => ({ ...job, outcome: ends[(turn + i) % ends.length] ?? complete })),
        );
        expect(answers).toEqual(taken.map(() => "accepted"));
      }
    };
    const produced = Promise.all([produce("one", one), produce("two", two)]).then(() => (enqueuing = false));
    await Promise.all([produced, ...workers.map(work)]);
    await Promise.all(contenders.map(({ end }) => end()));

    for (const key of KEYS) {
      const all = (ran.get(key) ?? []).filter(({ n }) => n !== undefined);
      for (const from of ["one", "two"]) {
        const numbers = all.filter((one) => one.from === from).map(({ n = 0 }) => n);
        expect([key, from, numbers]).toEqual([key, from, [...numbers].sort((x, y) => x - y)]);
      }
      expect([key, all.at(-1)?.n]).toEqual([key, ROUNDS - 1]);
    }
    expect(undone).toEqual([]);
  });
});
