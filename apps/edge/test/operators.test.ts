import { describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { relayEvent } from "../src/jobs.ts";
import {
  type Setting,
  type SettingOptions,
  configuredSettings,
  delivery,
  errorOf,
  operatorHeaders,
  setting,
} from "./setting.ts";

const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
const canary = "canary-in-the-payload";
const relayId = `relay:${id}:billing`;
const routes = ["/counts", "/stats", "/metrics", "/jobs", `/jobs/${id}`, "/dead", "/dead/errors"];
const posts = ["/dead/replay", `/dead/${id}/replay`, "/queues/relays/pause", "/queues/relays/resume"];

/** One delivery whose relays are dead. */
async function withDead(options: SettingOptions = {}): Promise<Setting> {
  const one = setting({ answer: () => new Response("", { status: 410 }), ...options });
  await one.request("/webhooks/github", await delivery(JSON.stringify({ action: canary })));
  await one.drain();
  return one;
}

const get = (one: Setting, path: string) => one.request(path, { headers: operatorHeaders });
const post = (one: Setting, path: string, body?: unknown) =>
  one.request(path, {
    method: "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...operatorHeaders, "content-type": "application/json" },
  });

describe("who may", () => {
  const wrong: Record<string, string>[] = [
    {},
    { authorization: "Bearer" },
    { authorization: "Bearer " },
    { authorization: `Bearer ${configuredSettings.OPERATOR_TOKEN}x` },
    { authorization: `Bearer ${configuredSettings.OPERATOR_TOKEN?.replace("o", "0")}` },
    { authorization: `Bearer ${configuredSettings.USERS_TOKEN}` },
    { authorization: `Basic ${configuredSettings.OPERATOR_TOKEN}` },
    { authorization: "Bearer session_0000" },
    { cookie: `token=${configuredSettings.OPERATOR_TOKEN}` },
  ];

  test("X02, X03: without the token every route answers the same, whether there is such a job or not", async () => {
    const one = await withDead();
    for (const headers of wrong) {
      for (const [path, method] of [
        ...[...routes, "/jobs/none"].map((path) => [path, "GET"] as const),
        ...[...posts, "/dead/none/replay", "/sessions"].map((path) => [path, "POST"] as const),
      ]) {
        const response = await one.request(path, { method, headers });
        expect([path, response.status, await response.text()]).toEqual([path, 401, '{"error":"unauthorized"}']);
      }
    }
    expect((await one.services.queue.list({ state: "dead" })).jobs).toHaveLength(2);
  });

  test("X39: where no token is configured nobody is let in", async () => {
    for (const OPERATOR_TOKEN of ["", "  "]) {
      const one = setting({ settings: { ...configuredSettings, OPERATOR_TOKEN } });
      for (const path of routes) {
        const response = await one.request(path, { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } });
        expect([response.status, await errorOf(response)]).toEqual([503, "OPERATOR_TOKEN is not configured"]);
      }
    }
  });

  test("a session opens the same doors until it is over, and none where the token is not configured", async () => {
    const one = await withDead();
    const opened = await post(one, "/sessions");
    expect(opened.status).toBe(201);
    const { token, expiresAt } = (await opened.json()) as { token: string; expiresAt: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await one.request("/counts", { headers })).status).toBe(200);
    expect((await one.request("/sessions", { method: "POST", headers })).status).toBe(401);
    const closed = createApp(() => one.services);
    const settings = { ...configuredSettings, OPERATOR_TOKEN: "" };
    expect((await closed.request("/counts", { headers }, settings)).status).toBe(503);
    await one.services.records.cleanUp(Date.parse(expiresAt) - 1, 0);
    expect((await one.request("/counts", { headers })).status).toBe(200);
    expect(await one.services.records.cleanUp(Date.parse(expiresAt), 0)).toMatchObject({ sessions: 1 });
    expect((await one.request("/counts", { headers })).status).toBe(401);
  });
});

describe("what they see", () => {
  test("X05: jobs with their state and their errors, and no payload unless asked for", async () => {
    const one = await withDead();
    for (const path of ["/jobs", "/dead", `/jobs/${id}`, `/jobs/${relayId}?partition=${id}`]) {
      const plain = await get(one, path);
      expect(plain.status).toBe(200);
      expect(plain.headers.get("cache-control")).toBe("no-store");
      expect(await plain.text()).not.toContain(canary);
      const full = await get(one, `${path}${path.includes("?") ? "&" : "?"}payload=1`);
      expect(await full.text()).toContain(canary);
    }
    const job = await (await get(one, `/jobs/${encodeURIComponent(relayId)}`)).json();
    expect(job).toMatchObject({
      id: relayId,
      state: "dead",
      failures: [{ attempt: 1, message: "billing answered 410." }],
    });
  });

  test("jobs by state and queue, page by page", async () => {
    const one = await withDead();
    const ids = async (query: string): Promise<{ ids: string[]; cursor?: string }> => {
      const page = (await (await get(one, `/jobs?${query}`)).json()) as { jobs: { id: string }[]; cursor?: string };
      return { ...page, ids: page.jobs.map((job) => job.id) };
    };
    expect((await ids("state=completed")).ids).toEqual([id]);
    expect((await ids("queue=relays&state=dead")).ids).toHaveLength(2);
    expect((await ids("queue=elsewhere")).ids).toEqual([]);
    const first = await ids("state=dead&limit=1");
    const second = await ids(`state=dead&limit=1&cursor=${encodeURIComponent(first.cursor ?? "")}`);
    expect(new Set([...first.ids, ...second.ids]).size).toBe(2);
  });

  test("the counts by queue and state", async () => {
    const one = await withDead();
    expect(await (await get(one, "/counts")).json()).toMatchObject({
      queues: expect.arrayContaining([expect.objectContaining({ queue: "relays", counts: { dead: 2 } })]),
    });
  });

  test("what passed through, as JSON and as Prometheus reads it", async () => {
    const one = await withDead();
    const stats = await (await get(one, "/stats?window=minute")).json();
    expect(stats).toMatchObject({
      window: "minute",
      queues: [
        { queue: "deliveries", enqueued: 1, completed: 1, dead: 0 },
        { queue: "relays", enqueued: 2, completed: 0, dead: 2, depth: { dead: 2 } },
      ],
    });
    const metrics = await get(one, "/metrics");
    expect(metrics.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    expect(text).toContain('longshore_queue_depth{queue="relays",state="dead"} 2');
    expect(text + JSON.stringify(stats)).not.toMatch(/canary|billing|72d3162e/);
  });

  test("what dead letters died of, the most frequent first, and no payload", async () => {
    const answer: SettingOptions["answer"] = ({ url, body }) =>
      new Response("", { status: url.includes("billing") ? 410 : body.includes(canary) ? 404 : 200 });
    const one = await withDead({ answer });
    await one.request("/webhooks/github", await delivery("{}", { "x-github-delivery": "d-2" }));
    await one.drain();
    const response = await get(one, "/dead/errors");
    const text = await response.text();
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const where = { names: ["relay-event"], queues: ["relays"] };
    const first = { id: expect.stringContaining(":billing"), partition: expect.any(String) };
    expect(JSON.parse(text)).toEqual({
      errors: [
        { message: "billing answered 410.", count: 2, ...where, first },
        { message: "search answered 404.", count: 1, ...where, first: { id: `relay:${id}:search`, partition: id } },
      ],
      more: false,
    });
    expect(text).not.toContain(canary);
  });

  test("that there is no such job", async () => {
    expect((await get(setting(), "/jobs/none")).status).toBe(404);
  });
});

describe("what is refused", () => {
  test.each([
    "limit=0",
    "limit=101",
    "limit=1e2",
    "limit=-1",
    "limit=",
    "limit=1&limit=2",
    "state=lost",
    "state=",
    "sort=id;delete",
    "filter=a",
    "payload=yes",
    "__proto__=1",
    `cursor=${"a".repeat(1_001)}`,
    "queue=a'%3B%20DROP%20TABLE%20jobs%3B--",
    "queue=a:lock",
    "queue=a%7Db",
    "queue=*",
    "queue=..",
    "queue=q/../../admin",
    "queue=%2e%2e",
    "queue=",
    `queue=${"a".repeat(300)}`,
  ])("X32, X33: the query %s", async (query) => {
    expect((await get(setting(), `/jobs?${query}`)).status).toBe(400);
  });

  test.each([
    `/jobs/${"a".repeat(201)}`,
    "/jobs/a%20b",
    "/jobs/%3Cimg%3E",
    "/jobs/a?partition=%20",
    "/jobs/a?queue=b",
    "/stats?window=year",
    "/stats?queue=relays",
    "/metrics?window=day",
    "/dead/errors?payload=1",
    "/dead/errors?limit=1",
  ])("the path %s", async (path) => {
    expect((await get(setting(), path)).status).toBe(400);
  });

  test.each([
    null,
    [],
    "text",
    {},
    { all: false },
    { jobs: [] },
    { jobs: ["a"] },
    { jobs: [{ id: "a b" }] },
    { all: true, jobs: [] },
    { jobs: [{ id: "a", admin: 1 }] },
  ])("X18, X25: a replay of %j", async (body) => {
    expect((await post(setting(), "/dead/replay", body)).status).toBe(400);
  });

  test("X06: a replay that is no JSON", async () => {
    const one = setting();
    const init = {
      method: "POST",
      body: '{"all":true}',
      headers: { ...operatorHeaders, "content-type": "text/plain" },
    };
    expect((await one.request("/dead/replay", init)).status).toBe(415);
  });

  test("X09: verbs by another method", async () => {
    const one = await withDead();
    for (const path of posts) {
      const response = await one.request(path, { headers: { ...operatorHeaders, "x-http-method-override": "POST" } });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
    for (const path of routes) {
      expect((await one.request(path, { method: "DELETE", headers: operatorHeaders })).status).toBe(405);
    }
    expect((await one.services.queue.list({ state: "dead" })).jobs).toHaveLength(2);
  });
});

describe("a queue", () => {
  test("that is paused keeps what comes, says so, and goes on when it is resumed", async () => {
    const one = setting();
    const paused = await post(one, "/queues/relays/pause");
    expect([paused.status, await paused.json()]).toEqual([200, { queue: "relays", paused: true }]);
    await one.request("/webhooks/github", await delivery("{}"));
    await one.drain();
    const relays = async () => {
      const { queues } = (await (await get(one, "/counts")).json()) as { queues: { queue: string }[] };
      return queues.find(({ queue }) => queue === "relays");
    };
    expect(await relays()).toEqual({ queue: "relays", paused: true, counts: { enqueued: 2 } });
    expect(await (await post(one, "/queues/relays/resume")).json()).toEqual({ queue: "relays", paused: false });
    await one.drain();
    expect(await relays()).toEqual({ queue: "relays", paused: false, counts: { completed: 2 } });
  });

  test("of the alerts is not paused: nobody would hear of it", async () => {
    const response = await post(setting(), "/queues/alerts/pause");
    expect([response.status, await errorOf(response)]).toEqual([409, "alerts cannot be paused"]);
  });

  test.each(["/queues/a%20b/pause", `/queues/${"a".repeat(101)}/resume`, "/queues/relays/pause?queue=deliveries"])(
    "at %s is refused",
    async (path) => {
      expect((await post(setting(), path)).status).toBe(400);
    },
  );
});

describe("replay", () => {
  test("of one dead letter gives it a new life under its id", async () => {
    const one = await withDead();
    const path = `/dead/${relayId}/replay?partition=${id}`;
    const response = await post(one, path);
    expect([response.status, await response.json()]).toEqual([200, { status: "done" }]);
    expect(await one.services.queue.get(relayId)).toMatchObject({ state: "enqueued", failures: [{ attempt: 1 }] });
    const again = await post(one, path);
    expect([again.status, await again.json()]).toEqual([409, { status: "refused", state: "enqueued" }]);
    expect((await post(one, "/dead/none/replay")).status).toBe(404);
  });

  test("of a list says of each what became of it", async () => {
    const one = await withDead();
    const jobs = [{ id: relayId, partition: id }, { id: "none" }, { id }];
    const response = await post(one, "/dead/replay", { jobs });
    expect(await response.json()).toEqual({
      jobs: [
        { ...jobs[0], status: "done" },
        { id: "none", status: "gone" },
        { id, status: "refused", state: "completed" },
      ],
      more: false,
    });
  });

  test("of all takes every page of them", async () => {
    const one = setting({ answer: () => new Response("", { status: 410 }) });
    for (let i = 0; i < 60; i++)
      await one.request("/webhooks/github", await delivery("{}", { "x-github-delivery": `d-${i}` }));
    await one.drain();
    expect((await one.services.queue.list({ state: "dead", limit: 1_000 })).jobs).toHaveLength(120);
    const replayed = (await (await post(one, "/dead/replay", { all: true })).json()) as {
      jobs: unknown[];
      more: boolean;
    };
    expect([replayed.jobs.length, replayed.more]).toEqual([120, false]);
    expect((await one.services.queue.list({ state: "dead" })).jobs).toEqual([]);
  });
});

test("of more than a thousand dead letters a request reads a thousand, and says so", async () => {
  const one = setting();
  const die = async (from: number, until: number): Promise<void> => {
    const numbers = Array.from({ length: until - from }, (_, i) => from + i);
    const relay = { event: "issues", body: "{}", subscriber: "gone" };
    await one.services.queue.enqueueMany(numbers.map((i) => relayEvent.with({ ...relay, delivery: `d-${i}` })));
    await one.drain();
  };
  const errors = async () => (await get(one, "/dead/errors")).json();
  const replay = async () => (await post(one, "/dead/replay", { all: true })).json();
  const message = "gone is no longer among the subscribers.";
  await die(0, 999);
  expect(await errors()).toMatchObject({ errors: [{ message, count: 999 }], more: false });
  await die(999, 1_001);
  expect(await errors()).toMatchObject({ errors: [{ message, count: 1_000 }], more: true });
  expect(await replay()).toMatchObject({ jobs: { length: 1_000 }, more: true });
  expect(await replay()).toMatchObject({ jobs: { length: 1 }, more: false });
});

describe("when the backend fails", () => {
  const dsn = "postgres://admin:hunter2@10.0.0.5/jobs";
  const wrap: SettingOptions["wrap"] = (store) => ({
    ...store,
    counts: () => Promise.reject(new Error(`cannot connect to ${dsn} with ${configuredSettings.OPERATOR_TOKEN}`)),
  });

  test("X46, X47: the answer is a number under which the log says more, without any secret", async () => {
    const one = setting({ wrap });
    const response = await get(one, "/counts");
    const text = await response.text();
    const { error, id } = JSON.parse(text) as { error: string; id: string };
    expect([response.status, error]).toEqual([500, "internal error"]);
    const line = one.lines.find((line) => line.includes(id)) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      error: expect.stringContaining("Error: cannot connect to postgres://[secret]@10.0.0.5/jobs with [secret]"),
    });
    expect(text + one.lines.join()).not.toMatch(/hunter2|operator-token/);
  });
});

test("X48: no log line holds a payload or a secret", async () => {
  const one = await withDead({ settings: { ...configuredSettings, LOG_STARTS: "yes" } });
  const statuses = one.lines.map((line) => (JSON.parse(line) as { status: string }).status);
  expect(statuses.toSorted()).toEqual(["completed", "dead", "dead", "started", "started", "started"]);
  expect(one.lines.join()).not.toMatch(/canary|whsec_|path-secret|of-the-tests/);
});
