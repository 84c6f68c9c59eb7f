import { LongshoreError, createQueue, defineJob } from "@longshore/core";
import { memory } from "@longshore/memory";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { JobView, JobsPage, Overview, Refusal, Session } from "../src/api.ts";
import { type Authorize, type Viewer, basicAuth, dashboard } from "../src/index.ts";
import { URL_OF_PAGE, askerOf } from "./asking.ts";
import { openShop } from "./setting.ts";

type Line = Readonly<Record<string, unknown>>;

function open(viewer: Viewer = { name: "operator", actions: true, payloads: true }) {
  const adapter = memory({ clock: () => 1_000 });
  const lines: Line[] = [];
  const tell = (line: Line): void => void lines.push(line);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const platform = { now: () => 5_000, id: () => "reference-1" };
  const handler = dashboard(adapter, { authorize: () => viewer, log, platform });
  return { adapter, lines, handler, queue: createQueue(adapter), ...askerOf(handler) };
}

const task = defineJob("task", { input: z.any() });

describe("who may look", () => {
  test("without authorize it refuses to be made", () => {
    expect(() => dashboard(memory(), {} as never)).toThrow(/authorize of dashboard must be a function/);
    expect(() => dashboard(memory(), undefined as never)).toThrow(/authorize of dashboard must be a function/);
  });

  test("every request asks, those for the page's own files included", async () => {
    const asked: string[] = [];
    const authorize: Authorize = ({ url }) => void asked.push(url.slice(URL_OF_PAGE.length));
    const { get } = askerOf(dashboard(memory(), { authorize }));
    for (const path of [
      "",
      "app.js",
      "app.css",
      "icon.svg",
      "api/session",
      "api/jobs",
      "api/act",
      "api/nothing",
      "elsewhere",
    ]) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.text()).not.toContain("<html");
      expect(asked.at(-1)).toBe(path);
    }
  });

  test("a response of authorize is sent as it is, and one that throws or returns anything else refuses", async () => {
    const redirect = (): Response => new Response(null, { status: 302, headers: { location: "/sign-in" } });
    const answer = async (authorize: unknown): Promise<Response> =>
      askerOf(dashboard(memory(), { authorize: authorize as Authorize, log: quiet })).get("");
    expect((await answer(redirect)).headers.get("location")).toBe("/sign-in");
    for (const strange of [() => Promise.reject(new Error("down")), () => true, () => ({}), () => ({ name: 1 })]) {
      expect((await answer(strange)).status).toBeGreaterThanOrEqual(400);
    }
  });

  test("what authorize throws or returns by mistake is told to the log, and not to who asked", async () => {
    const secret = "a-password-of-a-database";
    const mistakes = [
      () => Promise.reject(new Error(secret)),
      () => Promise.reject(new LongshoreError("invalid_option", secret)),
      () => secret,
      () => ({ name: "a", actions: secret }),
      () => ({ name: "a", [secret]: true }),
    ];
    for (const mistake of mistakes) {
      const lines: object[] = [];
      const log = { ...quiet, error: (line: object) => void lines.push(line) };
      const response = await askerOf(dashboard(memory(), { authorize: mistake as never, log })).get("api/session");
      const told = await response.text();
      expect([response.status, told.includes(secret)]).toEqual([500, false]);
      expect(JSON.stringify(lines)).toContain(secret);
      expect(told).toContain(String(Reflect.get(lines[0] ?? {}, "reference")));
    }
  });

  test("basicAuth lets in whoever has name and password, and challenges the others", async () => {
    const authorize = basicAuth([
      { name: "ö", password: "a password of enough length", actions: true },
      { name: "guest", password: "another one that is long" },
    ]);
    const { get } = askerOf(dashboard(memory(), { authorize }));
    const as = async (credentials: string): Promise<Response> => {
      const bytes = new TextEncoder().encode(credentials);
      return get("api/session", { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` });
    };
    expect(await (await as("ö:a password of enough length")).json()).toMatchObject({ viewer: "ö", actions: true });
    expect(await (await as("guest:another one that is long")).json()).toMatchObject({
      viewer: "guest",
      actions: false,
      payloads: false,
    });
    for (const wrong of ["", "guest:", "guest", "guest:a password of enough length", "ö:another one that is long"]) {
      const response = await as(wrong);
      expect([wrong, response.status]).toEqual([wrong, 401]);
      expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm/);
    }
    expect((await get("", { authorization: "Basic %%%" })).status).toBe(401);
  });

  test("basicAuth refuses a short password and does not quote it", () => {
    const make = (user: object) => () => basicAuth([user as never]);
    expect(make({ name: "a", password: "secret" })).toThrow(/password of basicAuth must be 16 to 200 characters/);
    expect(make({ name: "a", password: "secret" })).not.toThrow(/secret/);
    expect(make({ name: "a" })).toThrow(/password of basicAuth/);
    expect(make({ name: "a:b", password: "a password of enough length" })).toThrow(/name of basicAuth/);
  });
});

describe("what is answered", () => {
  test("has a policy without inline script, cannot be framed, and is not kept", async () => {
    const { get } = open();
    const page = await get("");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(page.headers.get("cache-control")).toBe("no-store");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
    for (const path of ["", "app.js", "app.css", "api/session", "api/jobs", "api/nothing"]) {
      const { headers } = await get(path);
      expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
      expect(headers.get("content-security-policy")).toBe(policy);
    }
  });

  test("an address without its slash leads to the one with it, wherever the page is mounted", async () => {
    const { handler } = open();
    const request = new Request("https://app.example.com/deep/ops", { headers: { accept: "text/html" } });
    const response = await handler(request);
    expect(response.status).toBe(308);
    const location = response.headers.get("location") ?? "";
    expect(new URL(location, request.url).pathname).toBe("/deep/ops/");
    for (const last of ["http:evil.example", "javascript:alert(1)", "%5C%5Cevil.example"]) {
      const { headers } = await handler(new Request(`https://app.example.com/deep/${last}`, request));
      const { origin } = new URL(headers.get("location") ?? "", request.url);
      expect([last, origin]).toEqual([last, "https://app.example.com"]);
    }
    expect((await handler(new Request("https://app.example.com/api/", {}))).status).toBe(200);
  });

  test("a page of another site gets nothing from the interface", async () => {
    const { get } = open();
    expect((await get("api/jobs", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await get("api/jobs", { "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await get("api/jobs", { origin: "https://evil.example.com" })).status).toBe(403);
    expect((await get("api/jobs", { origin: "null" })).status).toBe(403);
    expect((await get("api/jobs", { origin: "https://app.example.com" })).status).toBe(200);
  });

  test("of a failure of the adapter the page gets a reference, and the log the reason", async () => {
    const { adapter, lines, handler } = open();
    adapter.counts = () => Promise.reject(new Error("password=hunter2"));
    const response = await askerOf(handler).get("api/overview");
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain("reference-1");
    expect(text).not.toContain("hunter2");
    expect(lines).toMatchObject([
      { reference: "reference-1", error: expect.stringContaining("caused by: Error: password=hunter2") },
    ]);
  });

  test("of a broker, which keeps no state, there is nothing to see, and the page is told so", async () => {
    const { enqueue, settle, name, traits } = memory();
    const broker = { name, traits, enqueue, settle };
    const { json, get } = askerOf(dashboard(broker, { authorize: () => ({ name: "operator", actions: true }) }));
    const { can } = await json<Session>("api/session");
    const nothing = { inspect: false, control: false, stats: false, workers: false, schedules: false, alerts: false };
    expect(can).toEqual(nothing);
    expect(await json<Overview>("api/overview")).toMatchObject({ queues: [] });
    const response = await get("api/jobs");
    expect(response.status).toBe(400);
    expect(((await response.json()) as Refusal).error.message).toBe("The adapter memory cannot list jobs.");
  });

  test("wrong filters, cursors and ids are refused in words", async () => {
    const { get } = open();
    for (const query of [
      "state=lost",
      "queue=%00",
      "cursor=%3Cscript%3E",
      "metadata=x",
      "error=x&cursor=%20",
      "state=",
      "nmae=mail",
      "uniqueKey=7",
      "order=upwards",
    ]) {
      const response = await get(`api/jobs?${query}`);
      expect([query, response.status]).toEqual([query, response.status === 400 ? 400 : 422]);
      expect(((await response.json()) as Refusal).error.message.length).toBeGreaterThan(10);
    }
    expect((await get("api/job?id=%3Cb%3E")).status).toBe(422);
    expect((await get("api/job?id=none")).status).toBe(400);
    expect((await get("api/job")).status).toBe(422);
  });
});

describe("what is hidden", () => {
  test("inputs and results come only by their own request, and only to whoever may see them", async () => {
    const { queue, json, get } = open();
    await queue.enqueue(task, { secret: "canary" }, { id: "a" });
    for (const path of ["api/overview", "api/jobs", "api/job?id=a"])
      expect(JSON.stringify(await json(path))).not.toContain("canary");
    expect(await json("api/payload?id=a")).toEqual({ input: '{\n  "secret": "canary"\n}' });
    const { queue: other, get: getAsGuest } = open({ name: "guest", actions: true });
    await other.enqueue(task, { secret: "canary" }, { id: "a" });
    const refused = await getAsGuest("api/payload?id=a");
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain("canary");
    expect((await get("api/payload?id=none")).status).toBe(400);
  });

  test("stacks, which may quote an input, are for whoever may see inputs", async () => {
    const { adapter } = await openShop();
    const ask = (payloads: boolean) =>
      askerOf(dashboard(adapter, { authorize: () => ({ name: "a", payloads }) })).json<JobView>(
        "api/job?id=mail:broken",
      );
    expect((await ask(true)).failures[0]?.stack).toContain("Caused by");
    const { failures } = await ask(false);
    expect(failures).toHaveLength(2);
    expect(failures[0]).not.toHaveProperty("stack");
  });
});

describe("who may act", () => {
  const act = { verb: "cancel", jobs: [{ id: "a" }] };

  test("a viewer without actions changes nothing, by any verb", async () => {
    const { queue, post, lines } = open({ name: "guest", payloads: true });
    await queue.enqueue(task, 1, { id: "a" });
    for (const verb of ["cancel", "runNow", "replay", "remove"]) {
      expect((await post("api/act", { ...act, verb })).status).toBe(403);
    }
    expect((await post("api/replay", {})).status).toBe(403);
    expect((await post("api/trigger", { name: "cleanup" })).status).toBe(403);
    expect((await post("api/gate", { verb: "pause", queue: "default" })).status).toBe(403);
    expect(await queue.get("a")).toMatchObject({ state: "enqueued" });
    expect(await queue.counts()).toMatchObject([{ paused: false }]);
    expect(lines).toEqual([]);
  });

  test.each([
    ["without the token", { "longshore-token": undefined }],
    ["with another token", { "longshore-token": "0".repeat(64) }],
    ["without the cookie", { cookie: undefined }],
    ["with neither", { cookie: undefined, "longshore-token": undefined }],
    ["with a cookie that is no token", { cookie: "longshore-dashboard=x", "longshore-token": "x" }],
    ["from another site", { "sec-fetch-site": "cross-site" }],
    ["from another subdomain", { "sec-fetch-site": "same-site" }],
    ["from another origin", { "sec-fetch-site": undefined, origin: "https://evil.example.com" }],
    ["as a form sends it", { "content-type": "text/plain" }],
  ])("an action %s changes nothing", async (_how, headers) => {
    const { queue, post } = open();
    await queue.enqueue(task, 1, { id: "a" });
    const { status } = await post("api/act", act, headers);
    expect([400, 403]).toContain(status);
    expect(await queue.get("a")).toMatchObject({ state: "enqueued" });
    expect((await post("api/act", act)).status).toBe(200);
    expect(await queue.get("a")).toMatchObject({ state: "cancelled" });
  });

  test("an action is a post, and a read is none", async () => {
    const { get, post } = open();
    expect((await get("api/act")).status).toBe(400);
    expect((await post("api/jobs", {})).status).toBe(400);
    expect((await post("app.js", {})).status).toBe(400);
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[1]"],
    ["no verb", { jobs: [{ id: "a" }] }],
    ["an unknown verb", { verb: "enqueue", jobs: [{ id: "a" }] }],
    ["an inherited verb", { verb: "constructor", jobs: [{ id: "a" }] }],
    ["no jobs", { verb: "cancel" }],
    ["jobs that are none", { verb: "cancel", jobs: [null] }],
    ["an id that is none", { verb: "cancel", jobs: [{ id: { $gt: "" } }] }],
    ["too many jobs", { verb: "cancel", jobs: Array.from({ length: 1_001 }, (_, i) => ({ id: `${i}` })) }],
    ["too many bytes", { verb: "cancel", jobs: [{ id: "a".repeat(700_000) }] }],
    ["an unknown field", { ...act, also: 1 }],
  ])("a request with %s is refused whole", async (_what, body) => {
    const { queue, post } = open();
    await queue.enqueue(task, 1, { id: "a" });
    const response = await post("api/act", body);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await queue.get("a")).toMatchObject({ state: "enqueued" });
  });

  test("each action leaves a line that says who, what, when and with what result, and no payload", async () => {
    const { queue, post, lines } = open();
    await queue.enqueue(task, { secret: "canary" }, { id: "a" });
    await post("api/act", { verb: "cancel", jobs: [{ id: "a" }, { id: "b" }] });
    await post("api/gate", { verb: "pause", queue: "default" });
    await post("api/gate", { verb: "pause", queue: "no name" });
    const at = "1970-01-01T00:00:05.000Z";
    const refused = expect.stringMatching(/queue name must be 1 to 100 ASCII/);
    expect(lines).toMatchObject([
      { viewer: "operator", action: "act", verb: "cancel", jobs: ["a", "b"], of: 2, done: 1, refused: 0, gone: 1, at },
      { viewer: "operator", action: "gate", verb: "pause", queue: "default", at },
      { viewer: "operator", action: "gate", verb: "pause", queue: "no name", at, error: refused },
    ]);
    expect(JSON.stringify(lines)).not.toContain("canary");
  });

  test("a log that throws stops no action", async () => {
    const adapter = memory();
    const trap = (): never => {
      throw new Error("no log");
    };
    const log = { debug: trap, info: trap, warn: trap, error: trap };
    const { post } = askerOf(dashboard(adapter, { authorize: () => ({ name: "a", actions: true }), log }));
    expect((await post("api/gate", { verb: "pause", queue: "mail" })).status).toBe(200);
    expect(await adapter.counts()).toMatchObject([{ queue: "mail", paused: true }]);
  });
});

describe("jobs", () => {
  test("are filtered by state, queue, name, metadata and error, and each page has a cursor but the last", async () => {
    const { adapter, clock } = await openShop();
    const platform = { now: clock.now, id: () => "" };
    const { json } = askerOf(dashboard(adapter, { authorize: () => ({ name: "a" }), platform }));
    const ids = async (query: string): Promise<string[]> =>
      (await json<JobsPage>(`api/jobs?${query}`)).jobs.map(({ id }) => id);
    expect(await ids("state=dead&queue=images")).toEqual(["huge:1", "corrupt:3", "corrupt:2", "corrupt:1"]);
    expect(await ids("state=dead,failed&order=oldest&name=send-mail")).toEqual(["mail:broken"]);
    expect(await ids("metadata=user_id%3D3")).toEqual(["mail:3"]);
    expect(await ids("error=JPEG&order=oldest")).toEqual(["corrupt:1", "corrupt:2", "corrupt:3"]);
    for (let n = 0; n < 60; n++) await createQueue(adapter).enqueue(task, n, { id: `x:${n}` });
    const first = await json<JobsPage>("api/jobs?name=task");
    const rest = await json<JobsPage>(`api/jobs?name=task&cursor=${first.cursor}`);
    expect([first.jobs.length, rest.jobs.length, rest.cursor]).toEqual([50, 10, undefined]);
    expect(new Set([...first.jobs, ...rest.jobs].map(({ id }) => id)).size).toBe(60);
  });
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
