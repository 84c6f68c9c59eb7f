import { env } from "cloudflare:workers";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty } from "./meter.ts";
import { anyInput } from "./schema.ts";

const confirm = defineJob("confirm", { input: anyInput, id: ({ n }) => `confirm:${n}` });
const jobs = d1(env.DB);

beforeEach(async () => {
  await jobs.migrate();
  await empty(env.DB);
  await env.DB.batch([
    env.DB.prepare("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)"),
    env.DB.prepare("DELETE FROM orders"),
  ]);
});

const order = (id: number) => env.DB.prepare("INSERT INTO orders VALUES (?)").bind(id);
const stands = async () => (await jobs.list({ limit: 9 })).jobs.map(({ id }) => id);

describe("the statements of new jobs", () => {
  test("make the jobs in the user's batch, together with the user's rows", async () => {
    await env.DB.batch([order(1), ...(await jobs.statements([confirm.with({ n: 1 })]))]);
    expect(await stands()).toEqual(["confirm:1"]);
    const ran: number[] = [];
    const worker = createWorker(jobs, { handlers: [handle(confirm, ({ n }) => void ran.push(n))] });
    await worker.drain();
    expect(ran).toEqual([1]);
  });

  test("leave nothing if the batch fails, whichever statement it was", async () => {
    await order(1).run();
    const statements = () => jobs.statements([confirm.with({ n: 1 }), confirm.with({ n: 2 })]);
    await expect(env.DB.batch([order(1), ...(await statements())])).rejects.toThrow(/UNIQUE/);
    await expect(env.DB.batch([...(await statements()), order(1)])).rejects.toThrow(/UNIQUE/);
    expect(await stands()).toEqual([]);
    expect((await env.DB.batch([...(await statements()), order(2)])).every(({ success }) => success)).toBe(true);
    expect(await stands()).toEqual(["confirm:1", "confirm:2"]);
  });

  test("change nothing of a job that stands already", async () => {
    await createQueue(jobs).enqueue(confirm, { n: 1 }, { priority: 1 });
    await env.DB.batch(await jobs.statements([confirm.with({ n: 1 }, { priority: 9 })]));
    expect((await jobs.list({ limit: 9 })).jobs.map(({ priority }) => priority)).toEqual([1]);
  });

  test("with a unique key do what an enqueue does: the job that waits has the new input", async () => {
    const latest = defineJob("latest", { input: anyInput, unique: { key: () => "k", on: "replace" } });
    for (const n of [1, 2]) await env.DB.batch([order(n), ...(await jobs.statements([latest.with({ n })]))]);
    expect((await jobs.list({ limit: 9 })).jobs.map(({ payload }) => payload)).toEqual(['{"n":2}']);
  });

  test("refuse a job that comes after others, because nothing could tell that a parent is missing", async () => {
    const child = confirm.with({ n: 1 }, { after: ["nobody"] });
    // @ts-expect-error: and it does not compile
    await expect(jobs.statements([child])).rejects.toMatchObject({ code: "invalid_option", message: /after/ });
    expect(await stands()).toEqual([]);
  });

  test("refuse what an enqueue refuses, before anything is sent", async () => {
    await expect(jobs.statements([confirm.with({ n: 1 }, { id: "\0" })])).rejects.toMatchObject({ code: "invalid_id" });
  });
});
