import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { d1, migration } from "../src/index.ts";

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
  await env.DB.prepare("UPDATE longshore_meta SET value = 2 WHERE key = 'format'").run();
  await expect(enqueue("a")).rejects.toMatchObject({ code: "invalid_option", message: /format 2/ });
  await expect(d1(env.DB).migrate()).rejects.toMatchObject({ code: "invalid_option", message: /format 2/ });
  const { results } = await env.DB.prepare("SELECT id FROM longshore_jobs").all();
  expect(results).toEqual([]);
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
