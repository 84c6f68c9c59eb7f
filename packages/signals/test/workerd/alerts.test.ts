import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createQueue, defineJob, handle } from "@longshore/core";
import { schedulePartition } from "@longshore/core/adapter";
import { durableObjects } from "@longshore/durable-objects";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, inject, test, vi } from "vitest";
import { z } from "zod";
import { type Alert, type AlertRule, alertJob, evaluate, metrics, webhookSink } from "../../src/index.ts";
import type { Received } from "../receiver.ts";
import { crew, time } from "../worker.ts";

const load = defineJob("load", { input: z.object({ n: z.number() }), queue: "quay" });
const deep: AlertRule = { severity: "warning", measure: "depth", above: 10 };
const MINUTE = 60_000;

describe.each([{ shards: 1 }, { shards: 4 }])("over $shards object(s)", ({ shards }) => {
  let families = 0;
  let told: Alert[] = [];

  beforeEach(() => {
    time.aheadMs = 0;
    told = [];
    crew.adapter = { name: `all-${shards}-${++families}`, shards };
    crew.handlers = [handle(load, () => {}), handle(alertJob, (alert) => void told.push(alert))];
  });

  const adapter = () => durableObjects(env.JOBS, { ...crew.adapter, stats: true });
  const queue = () => createQueue(adapter());
  const put = (count: number) => queue().enqueueMany(Array.from({ length: count }, (_, n) => load.with({ n })));
  const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });
  const alerts = async () => (await queue().list({ queue: alertJob.queue })).jobs;
  const stubs = () =>
    Array.from({ length: shards }, (_, shard) =>
      env.JOBS.getByName(shard === 0 ? (crew.adapter.name ?? "") : `${crew.adapter.name}:${shard}`),
    );
  /** Those with rows of their own, and those in the ledger. */
  const JOBS =
    "SELECT id, queue FROM longshore_jobs UNION ALL SELECT j.value->>0, j.value->>1 FROM longshore_meta m, json_each(m.value, '$[4]') j WHERE m.id='leases'";
  /** Those that have ended and share rows, one in a line, if there are any. */
  const keptIn = (sql: SqlStorage): { id: string; queue: string }[] => {
    const has = sql.exec("SELECT 1 FROM sqlite_master WHERE name='longshore_kept'").toArray().length > 0;
    const chunks = has ? sql.exec<{ jobs: string }>("SELECT jobs FROM longshore_kept").toArray() : [];
    return chunks.flatMap(({ jobs }) =>
      jobs
        .trim()
        .split("\n")
        .map((line) => {
          const [id, queue] = JSON.parse(line) as [string, string];
          return { id, queue };
        }),
    );
  };
  /** What each object's own tables hold, read past the client. */
  const tables = () =>
    Promise.all(
      stubs().map((stub) =>
        runInDurableObject(stub, (_, { storage: { sql } }) => {
          const meta = sql.exec<{ id: string }>("SELECT id FROM longshore_meta WHERE id LIKE '~schedule:%'").toArray();
          // As the store writes them: the name and the rule.
          const rows = meta.map(({ id }): [string, string] => JSON.parse(id.slice("~schedule:".length)));
          const jobs = sql.exec<{ id: string; queue: string }>(JOBS).toArray();
          return { rows: rows.map(([name]) => name), jobs: [...jobs, ...keptIn(sql)] };
        }),
      ),
    );

  test("metrics are the sum of what the objects hold and have counted", async () => {
    await put(60);
    await until(async () => (await queue().counts())[0]?.counts.completed === 60);
    await queue().pause("quay");
    await put(20);
    const [quay] = (await metrics(adapter())).queues;
    expect(quay).toMatchObject({ queue: "quay", paused: true, enqueued: 80, completed: 60, failed: 0, dead: 0 });
    expect(quay?.depth).toMatchObject({ completed: 60, enqueued: 20 });
    expect((await metrics(adapter())).names).toMatchObject([{ name: "load", ran: { count: 60 } }]);
    const held = (await tables()).map(({ jobs }) => jobs.length);
    expect(held.every((count) => count > 0)).toBe(true);
    expect(held.reduce((sum, count) => sum + count, 0)).toBe(80);
  });

  test("five that look at once fire a rule once and resolve it once, each delivered by an object itself", async () => {
    const look = async () => Promise.all(Array.from({ length: 5 }, () => evaluate(adapter(), { rules: { deep } })));
    await look();
    await queue().pause("quay");
    await put(11);
    expect((await look()).flat()).toMatchObject([{ rule: "deep", state: "firing", value: 11, queue: "quay" }]);
    expect((await look()).flat()).toEqual([]);
    await until(() => told.length === 1);
    await queue().resume("quay");
    await until(async () => (await metrics(adapter())).queues.find(({ queue }) => queue === "quay")?.completed === 11);
    expect((await look()).flat()).toMatchObject([{ rule: "deep", state: "resolved", value: 0 }]);
    expect((await look()).flat()).toEqual([]);
    await until(async () => (await alerts()).every(({ state }) => state === "completed"));
    expect(await alerts()).toHaveLength(2);
    expect(told.map(({ state }) => state)).toEqual(["firing", "resolved"]);
  });

  test("a look after the objects were evicted or reset goes on from what they had stored", async () => {
    const rules = { deep: { ...deep, for: MINUTE } };
    const look = async () => (await evaluate(adapter(), { rules })).map(({ state }) => state);
    const evicted = async () => Promise.all(stubs().map((stub) => evictDurableObject(stub)));
    await queue().pause("quay");
    await put(11);
    expect(await look()).toEqual([]);
    await evicted();
    time.aheadMs += MINUTE;
    expect(await look()).toEqual(["firing"]);
    await abortAllDurableObjects();
    expect(await look()).toEqual([]);
    await evicted();
    time.aheadMs += MINUTE;
    expect(await look()).toEqual([]);
    await queue().resume("quay");
    await until(async () => (await metrics(adapter())).queues.find(({ queue }) => queue === "quay")?.completed === 11);
    await abortAllDurableObjects();
    expect(await look()).toEqual(["resolved"]);
    await evicted();
    expect(await look()).toEqual([]);
    await until(async () => (await alerts()).every(({ state }) => state === "completed"));
    expect(told.map(({ state }) => state)).toEqual(["firing", "resolved"]);
  });

  test("the rows of rules are spread, each in one object, with the alerts that moved them", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `deep-${i}`);
    const rules = Object.fromEntries(names.map((name) => [name, deep]));
    await queue().pause("quay");
    await queue().pause(alertJob.queue);
    await put(11);
    expect(await evaluate(adapter(), { rules })).toHaveLength(8);
    const found = await tables();
    const rows = names.flatMap((name) => ["fine", "fired", "resolved"].map((row) => `$alert:${name}:${row}`));
    expect(found.flatMap(({ rows }) => rows).toSorted()).toEqual(rows.toSorted());
    expect(found.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(shards / 2);
    const placed = found.flatMap(({ rows, jobs }) =>
      jobs
        .filter(({ queue }) => queue === alertJob.queue)
        .map(({ id }) => rows.some((row) => id.startsWith(`${row}:`))),
    );
    expect(placed).toEqual(names.map(() => true));
    for (const { id, metadata } of await alerts()) {
      const partition = schedulePartition(`$alert:${metadata["$rule"]}:fired`);
      expect(await queue().get({ id, partition })).toMatchObject({ id, partition, state: "enqueued" });
    }
  });

  test("a webhook arrives at its receiver, which can verify it", async () => {
    const secret = `whsec_${btoa("a secret of thirty-two bytes, ok")}`;
    crew.handlers = [handle(alertJob, webhookSink({ url: inject("receiver"), secret }))];
    await queue().pause("quay");
    await put(11);
    const [alert] = await evaluate(adapter(), { rules: { deep } });
    const [job] = await alerts();
    const response = await fetch(`${inject("receiver")}?id=${job?.id}`);
    const { body, headers } = (await response.json()) as Received; // what receiver.ts answers
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: "alert.firing", data: alert });
    await until(async () => (await alerts())[0]?.state === "completed");
  });
});
