import { env } from "cloudflare:workers";
import type { NewJob } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty } from "./meter.ts";

const adapter = d1(env.DB);
const MOST = adapter.traits.maxPayloadBytes;
const job = (id: string, payload = "{}"): NewJob => ({
  id,
  name: "work",
  queue: "default",
  payload,
  headers: { v: "1" },
  priority: 5,
  keepMs: 60_000,
  due: { inMs: 0 },
});
const claim = (limit: number) => adapter.claim({ queues: [{ name: "default", limit }], leaseMs: 30_000 });

beforeEach(async () => {
  await adapter.migrate();
  await empty(env.DB);
});

describe("the largest payload", () => {
  test.each([
    ["letters", "x".repeat(MOST - 2)],
    ["quotes, each of which the parameter escapes", '"'.repeat(MOST)],
    ["characters of three bytes", "€".repeat(MOST / 3)],
  ])("of %s comes back as it was, together with a result of the same size", async (_, payload) => {
    expect(await adapter.enqueue([job("a", payload)])).toEqual([{ status: "created" }]);
    const [claimed] = await claim(1);
    expect(claimed?.payload === payload).toBe(true);
    const outcome = { type: "complete", result: payload } as const;
    expect(await adapter.settle([{ id: "a", token: claimed?.token ?? 0, outcome }])).toEqual(["accepted"]);
    const [stored] = await adapter.get([{ id: "a" }]);
    expect([stored?.payload === payload, stored?.result === payload]).toEqual([true, true]);
  });

  test("may come in a batch of many, and a claim and a page take as many as fit into an answer", async () => {
    const payload = "x".repeat(MOST);
    const jobs = Array.from({ length: 12 }, (_, n) => job(`job-${n}`, payload));
    expect(new Set((await adapter.enqueue(jobs)).map(({ status }) => status))).toEqual(new Set(["created"]));
    const page = await adapter.list({ limit: 12 });
    expect(page.jobs.length).toBeGreaterThan(1);
    expect(page.jobs.length).toBeLessThan(12);
    expect(page.cursor).toBe(page.jobs.at(-1)?.id);
    const taken = await claim(12);
    expect(taken.length).toBeGreaterThan(1);
    expect(taken.length).toBeLessThan(12);
    const left = await claim(12);
    expect(new Set([...taken, ...left].map(({ id }) => id)).size).toBe(12);
  });
});

test("any text comes back as it was: NUL, halves of surrogate pairs, and what marks them", async () => {
  const texts = ["a\0b", "\0", "\ud800", "x\udc00y", "\u0001", '\u0001"a"', "👩‍👩‍👧", "\uFFFD", ""];
  for (const [n, text] of texts.entries()) {
    const id = `text-${n}`;
    await adapter.enqueue([{ ...job(id, text), headers: { v: "1", "m.text": text }, partition: "p" }]);
    const [claimed] = await claim(1);
    expect([claimed?.payload, claimed?.headers["m.text"]]).toEqual([text, text]);
    const failure = { message: text, stack: text };
    await adapter.settle([{ id, token: claimed?.token ?? 0, outcome: { type: "retry", delayMs: 1e6, failure } }]);
    const [stored] = await adapter.get([{ id }]);
    expect(stored?.failures).toMatchObject([failure]);
    expect([stored?.payload, stored?.partition]).toEqual([text, "p"]);
  }
});

test("a thousand jobs, settlements and ids go in one call", async () => {
  const jobs = Array.from({ length: 1_000 }, (_, n) => job(`job-${n}`));
  expect(await adapter.enqueue(jobs)).toEqual(jobs.map(() => ({ status: "created" })));
  const taken = await claim(1_000);
  expect(taken.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
  const settlements = taken.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } as const }));
  expect(await adapter.settle(settlements)).toEqual(jobs.map(() => "accepted"));
  expect((await adapter.get(jobs)).every((stored) => stored?.state === "completed")).toBe(true);
  expect(await adapter.remove(jobs)).toEqual(jobs.map(() => ({ status: "done" })));
});
