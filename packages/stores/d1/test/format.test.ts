import { env } from "cloudflare:workers";
import { defineJob } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { beforeEach, expect, test } from "vitest";
import { d1, migration } from "../src/index.ts";
import { anyInput } from "./schema.ts";

const job = { name: "work", queue: "default", payload: "{}", headers: { v: "1" }, priority: 5, keepMs: 0 };
const enqueue = (id: string) => d1(env.DB).enqueue([{ ...job, id, due: { inMs: 0 } }]);

beforeEach(async () => {
  const tables = ["jobs", "meta", "paused", "schedules", "workers"];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DROP TABLE IF EXISTS longshore_${table}`)));
});

test("without tables a call fails and says what to do", async () => {
  await expect(enqueue("a")).rejects.toMatchObject({ code: "invalid_option", message: /migrate/ });
  await expect(d1(env.DB).counts()).rejects.toMatchObject({ code: "invalid_option" });
});

test("migrate makes the tables, leaves what is there, and may be called by several at once", async () => {
  await Promise.all(Array.from({ length: 5 }, () => d1(env.DB).migrate()));
  expect(await enqueue("a")).toEqual([{ status: "created" }]);
  await d1(env.DB).migrate();
  expect(await d1(env.DB).get([{ id: "a" }])).toMatchObject([{ id: "a", state: "enqueued" }]);
});

test("a migration that fails has a code, and the error of D1 as its cause", async () => {
  const cause = new Error("D1_ERROR: storage caused object to be reset");
  const away = { prepare: env.DB.prepare.bind(env.DB), batch: () => Promise.reject(cause) };
  await expect(d1(away).migrate()).rejects.toMatchObject({ code: "backend_failed", cause });
});

test("the migration as SQL makes the same tables as migrate", async () => {
  const schema = async () =>
    (await env.DB.prepare("SELECT name, sql FROM sqlite_schema WHERE name LIKE 'longshore%' ORDER BY name").all())
      .results;
  for (const sql of migration.split(";\n").filter(Boolean)) await env.DB.prepare(sql).run();
  const applied = await schema();
  expect(applied.length).toBeGreaterThan(7);
  await d1(env.DB).migrate();
  expect(await schema()).toEqual(applied);
  expect(await enqueue("a")).toEqual([{ status: "created" }]);
});

test("tables of a newer version are refused, and a call that meets them writes nothing", async () => {
  await d1(env.DB).migrate();
  await env.DB.prepare("UPDATE longshore_meta SET value = 6 WHERE key = 'format'").run();
  await expect(enqueue("a")).rejects.toMatchObject({ code: "invalid_option", message: /format 6/ });
  await expect(d1(env.DB).migrate()).rejects.toMatchObject({ code: "invalid_option", message: /format 6/ });
  const { results } = await env.DB.prepare("SELECT id FROM longshore_jobs").all();
  expect(results).toEqual([]);
});

test("the version rises with what older code would do otherwise, and with nothing else", async () => {
  const jobs = d1(env.DB);
  await jobs.migrate();
  const format = async () =>
    (await env.DB.prepare("SELECT value FROM longshore_meta WHERE key = 'format'").first())?.["value"];
  await env.DB.prepare("UPDATE longshore_meta SET value = 1 WHERE key = 'format'").run();
  const jobOf = (id: string, parts: Partial<NewJob> = {}): NewJob => ({ ...job, id, due: { inMs: 0 }, ...parts });
  const schedule = { name: "s", rule: "r" };
  await jobs.declare([schedule]);
  const { rows } = await jobs.declare([schedule]);
  const from = rows[0]?.cursor ?? 0;
  await jobs.enqueue([jobOf("a")]);
  const [claimed] = await jobs.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 });
  await jobs.pause("default");
  await jobs.resume("default");
  expect(await format()).toBe(1);
  const late = { startWithinMs: 1_000 };
  const keyed = (key: string): Partial<NewJob> => ({ unique: { key, on: "keep" } });
  const after = (id: string): Partial<NewJob> => ({ after: { jobs: [{ id }], onFailed: "run" } });
  const settling = (next: NewJob) =>
    jobs.settle([{ id: "a", token: claimed?.token ?? 0, outcome: { type: "complete" }, next: [next] }]);
  const uses: readonly (readonly [version: number, use: () => Promise<unknown>])[] = [
    [2, () => jobs.enqueue([jobOf("b"), jobOf("c", late)])],
    [2, () => settling(jobOf("d", late))],
    [2, () => jobs.advance([{ ...schedule, from, to: from + 1, job: jobOf("e", late) }])],
    [2, () => jobs.pauseFor("default", 1_000)],
    [3, () => jobs.enqueue([jobOf("f"), jobOf("g", keyed("g"))])],
    [3, () => settling(jobOf("h", keyed("h")))],
    [4, () => jobs.enqueue([jobOf("j"), jobOf("k", after("j"))])],
    [4, () => settling(jobOf("l", after("j")))],
    [3, () => jobs.advance([{ ...schedule, from: from + 1, to: from + 2, job: jobOf("i", keyed("i")) }])],
    [5, () => jobs.enqueue([jobOf("m"), jobOf("n", { limits: { key: "k" } })])],
    [5, () => jobs.enqueue([jobOf("o", { limits: { queue: 1 } })])],
  ];
  for (const [version, use] of uses) {
    await use();
    expect(await format()).toBe(version);
    await env.DB.prepare("UPDATE longshore_meta SET value = 1 WHERE key = 'format'").run();
  }
});

test("tables of the versions before serve jobs without keys and limits, children among them, and one that has them asks for the migration", async () => {
  const jobs = d1(env.DB);
  await jobs.migrate();
  await env.DB.batch(["keys", "lanes", "places"].map((index) => env.DB.prepare(`DROP INDEX longshore_${index}`)));
  const jobOf = (id: string): NewJob => ({ ...job, id, due: { inMs: 0 } });
  await jobs.enqueue([jobOf("a"), jobOf("b"), jobOf("c")]);
  const [claimed] = await jobs.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 });
  expect(await jobs.settle([{ id: "a", token: claimed?.token ?? 0, outcome: { type: "complete" } }])).toEqual([
    "accepted",
  ]);
  expect(await jobs.cancel([{ id: "b" }])).toEqual([{ status: "done" }]);
  expect(await jobs.remove([{ id: "c" }])).toEqual([{ status: "done" }]);
  const keyed: NewJob = { ...jobOf("d"), unique: { key: "k", on: "keep" } };
  await expect(jobs.enqueue([keyed])).rejects.toMatchObject({ code: "invalid_option", message: /migrate/ });
  const work = defineJob("work", { input: anyInput, concurrency: { key: () => "k", limit: 1 } });
  const unique = defineJob("unique", { input: anyInput, unique: { key: () => "k" } });
  for (const definition of [work, unique]) {
    const batch = env.DB.batch(await jobs.statements([definition.with({ n: 1 })]));
    await expect(batch).rejects.toThrow(/lacks tables or indexes of @longshore\/d1: call `migrate\(\)`/);
  }
  await expect(jobs.release([{ key: "k" }])).rejects.toMatchObject({ code: "invalid_option", message: /migrate/ });
  const limited: NewJob = { ...jobOf("e"), limits: { queue: 1 } };
  await expect(jobs.enqueue([limited])).rejects.toMatchObject({ code: "invalid_option", message: /migrate/ });
  expect(await jobs.dueInMs({ queues: ["default"], schedules: [] })).toBeUndefined();
  expect((await jobs.list({ limit: 9 })).jobs).toEqual([]);
  await jobs.enqueue([jobOf("p"), { ...jobOf("c"), after: { jobs: [{ id: "p" }], onFailed: "dead" } }]);
  const [parent] = await jobs.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 1_000 });
  const end = { id: "p", token: parent?.token ?? 0, outcome: { type: "complete" } } as const;
  expect(await jobs.settle([end])).toEqual([{ status: "accepted", next: [], freed: 1 }]);
  expect(await jobs.remove([{ id: "c" }])).toEqual([{ status: "done" }]);
  await jobs.migrate();
  expect(await jobs.enqueue([keyed])).toEqual([{ status: "created" }]);
  expect(await jobs.enqueue([limited])).toEqual([{ status: "created" }]);
});

test("an error that is neither is passed on", async () => {
  const broken = {
    prepare: (sql: string) => env.DB.prepare(sql),
    batch: () => Promise.reject(new Error("the link is down")),
  };
  await expect(d1(broken).counts()).rejects.toThrow("the link is down");
});

test("what is no database is refused", () => {
  // @ts-expect-error: neither D1 nor libSQL
  expect(() => d1({})).toThrow(expect.objectContaining({ code: "invalid_option" }));
});
