import type { Job } from "@longshore/core";
import { describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { MAX_BODY_BYTES } from "../src/body.ts";
import { type Setting, configuredSettings, delivery, operatorHeaders, setting } from "./setting.ts";

const token = configuredSettings.OPERATOR_TOKEN ?? "";
const asJson = { "content-type": "application/json" };
const usersHeaders = { ...asJson, authorization: `Bearer ${configuredSettings.USERS_TOKEN}` };
const replayHeaders = { ...asJson, authorization: `Bearer ${token}` };

const webhook = async (one: Setting, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  one.request("/webhooks/github", await delivery(body, headers));
const users = (one: Setting, body: BodyInit) => one.request("/users", { method: "POST", headers: usersHeaders, body });
const replay = (one: Setting, body: BodyInit) =>
  one.request("/dead/replay", { method: "POST", headers: replayHeaders, body });
const jobsOf = async (one: Setting): Promise<readonly Job[]> => (await one.services.queue.list()).jobs;

describe("who asks", () => {
  test("X04: a session that cannot be looked up opens nothing, and the reason is not told", async () => {
    const one = setting();
    await webhook(one, '{"a":"canary"}');
    const isOpen = (): never => {
      throw new Error(`no route to sqlite://admin:hunter2@records/, asked with ${token}`);
    };
    const records = new Proxy(one.services.records, {
      get: (target, key) => (key === "isOpen" ? isOpen : Reflect.get(target, key)),
    });
    const app = createApp(() => ({ ...one.services, records }));
    for (const path of ["/jobs?payload=1", "/counts", "/dead"]) {
      const headers = { authorization: "Bearer session_00" };
      const response = await app.request(path, { headers }, configuredSettings);
      const text = await response.text();
      expect([response.status, JSON.parse(text)]).toEqual([500, { error: "internal error", id: expect.any(String) }]);
      expect(text + one.lines.join()).not.toMatch(/canary|hunter2|operator-token/);
    }
  });

  test.each([
    ["X07: from another site's page", { origin: "https://evil.example.com" }],
    ["X08: across sites", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
  ])("%s a cookie opens nothing, and no header lets that page read", async (_what, headers) => {
    const one = setting();
    for (const cookie of [`token=${token}`, `authorization=Bearer ${token}`, `session=${token}`]) {
      for (const path of ["/dead/replay", "/sessions", "/users"]) {
        const init = { method: "POST", headers: { ...asJson, ...headers, cookie }, body: '{"all":true}' };
        const response = await one.request(path, init);
        expect([path, response.status]).toEqual([path, 401]);
        expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
    const preflight = { method: "OPTIONS", headers: { ...headers, "access-control-request-method": "POST" } };
    const asked = await one.request("/dead/replay", preflight);
    expect([asked.headers.get("access-control-allow-origin"), asked.ok]).toEqual([null, false]);
  });

  test("X06: a body that a form can send is no JSON", async () => {
    const one = setting();
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/json",
      "",
    ];
    for (const [path, headers] of [
      ["/dead/replay", replayHeaders],
      ["/users", usersHeaders],
    ] as const) {
      for (const type of [...types, "application/json2", "text/plain; application/json"]) {
        const init = { method: "POST", headers: { ...headers, "content-type": type }, body: '{"all":true}' };
        expect([type, (await one.request(path, init)).status]).toEqual([type, 415]);
      }
    }
  });

  test("X09: no header, query or field makes one method another", async () => {
    const one = setting({ answer: () => new Response("", { status: 410 }) });
    await webhook(one, "{}");
    await one.drain();
    for (const headers of [
      { "x-http-method-override": "POST" },
      { "x-http-method": "POST" },
      { "x-method-override": "POST" },
    ]) {
      for (const path of ["/dead/replay", "/dead/replay?_method=POST", "/dead/replay?method=POST&all=true"]) {
        const response = await one.request(path, { headers: { ...operatorHeaders, ...headers } });
        expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      }
    }
    expect((await one.services.queue.list({ state: "dead" })).jobs).toHaveLength(2);
  });
});

describe("signatures", () => {
  test("X41: a body that says the same in other bytes is refused", async () => {
    const body = '{"action": "opened","n":1.0}';
    const signature = new Headers((await delivery(body)).headers).get("x-hub-signature-256") ?? "";
    const one = setting();
    const others = [
      JSON.stringify(JSON.parse(body)),
      `${body} `,
      `\ufeff${body}`,
      body.replace("opened", "openeD"),
      "",
    ];
    for (const other of others) {
      expect((await webhook(one, other, { "x-hub-signature-256": signature })).status).toBe(401);
    }
    expect(await jobsOf(one)).toEqual([]);
    expect((await webhook(one, body, { "x-hub-signature-256": signature })).status).toBe(202);
  });

  test("X43: the same delivery twice is one job and one relay each, whatever the second says", async () => {
    const one = setting();
    expect((await webhook(one, '{"first":1}')).status).toBe(202);
    const again = await webhook(one, '{"second":2}');
    expect([again.status, await again.json()]).toMatchObject([200, { status: "duplicate" }]);
    await one.drain();
    expect((await webhook(one, '{"third":3}')).status).toBe(200);
    await one.drain();
    expect(one.sent.map(({ body }) => body)).toEqual(['{"first":1}', '{"first":1}']);
  });

  test("X44: a signature with another of our secrets is refused", async () => {
    const one = setting();
    for (const other of [configuredSettings.OPERATOR_TOKEN, configuredSettings.USERS_TOKEN, ""]) {
      const settings = { ...configuredSettings, GITHUB_WEBHOOK_SECRET: other || "another secret" };
      const response = await createApp(() => one.services).request("/webhooks/github", await delivery("{}"), settings);
      expect(response.status).toBe(401);
    }
  });
});

describe("bodies", () => {
  test("X16: a key named __proto__ gives nobody anything", async () => {
    const one = setting();
    const bodies = ['{"__proto__":{"all":true}}', '{"constructor":{"prototype":{"all":true}}}', '[{"__proto__":[]}]'];
    for (const body of bodies) {
      expect((await replay(one, body)).status).toBe(400);
      expect((await users(one, body)).status).toBe(400);
    }
    expect((await replay(one, '{"all":true,"__proto__":{"jobs":[]}}')).status).toBe(400);
    expect([Reflect.get({}, "all"), Reflect.get([], "all")]).toEqual([undefined, undefined]);
  });

  test.each(["", " ", "null", "[]", '"str"', "0", "-0", "true", "NaN", "1e400", "{", "{}{}", "{'all':true}", "\u0000"])(
    "X25: the body %j is refused wherever an object is wanted",
    async (body) => {
      const one = setting();
      expect([(await replay(one, body)).status, (await users(one, body)).status]).toEqual([400, 400]);
      expect((await webhook(one, body)).status).toBe(400);
      expect(await jobsOf(one)).toEqual([]);
    },
  );

  test.each([
    '{"all":1}',
    '{"all":"true"}',
    '{"jobs":"abc"}',
    '{"jobs":{"length":1}}',
    '{"jobs":[{"id":["a"]}]}',
    '{"jobs":[{"id":{"valueOf":1}}]}',
  ])("X18: the replay %s is of other types and refused", async (body) => {
    expect((await replay(setting(), body)).status).toBe(400);
  });

  const liar = (headers: Record<string, string>) => ({ ...replayHeaders, ...headers });

  test.each(["0", "1", "-1", "abc", "1e2", "", "0x10"])(
    "X19: a content-length of %j does not make a body smaller than it is",
    async (length) => {
      let read = 0;
      const long = new ReadableStream<Uint8Array>({
        pull(controller) {
          read += 64_000;
          controller.enqueue(new Uint8Array(64_000).fill(0x20));
          // An end all the same: who reads it all shall fail and not fill this machine.
          if (read > 10 * MAX_BODY_BYTES) controller.close();
        },
      });
      const init = { method: "POST", headers: liar({ "content-length": length }), body: long };
      expect((await setting().request("/dead/replay", init)).status).toBe(413);
      expect(read).toBeLessThan(2 * MAX_BODY_BYTES);
    },
  );

  test("X19: a body that says it is too large is not read at all", async () => {
    let read = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read++;
          controller.enqueue(new Uint8Array(1));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", headers: liar({ "content-length": "1000000000000" }), body };
    expect([(await setting().request("/dead/replay", init)).status, read]).toEqual([413, 0]);
  });

  test.each(["gzip", "br", "deflate", "identity, gzip", "GZIP", "x-bomb"])(
    "X19: a body packed as %s is not unpacked",
    async (encoding) => {
      const packed = new Blob([new Uint8Array(10_000_000)]).stream().pipeThrough(new CompressionStream("gzip"));
      const init = { method: "POST", headers: liar({ "content-encoding": encoding }), body: packed };
      expect((await setting().request("/dead/replay", init)).status).toBe(415);
    },
  );

  test("X20: what is nested deeper than anybody needs is refused on every route", async () => {
    for (const deep of ["[".repeat(100_000), `{"a":${"[".repeat(101)}${"]".repeat(101)}}`, '{"a":'.repeat(50_000)]) {
      const one = setting();
      expect((await webhook(one, deep)).status).toBe(400);
      expect((await replay(one, deep)).status).toBe(400);
      expect([400, 413]).toContain((await users(one, deep)).status);
    }
    // Brackets in a text are no nesting.
    expect((await webhook(setting(), JSON.stringify({ a: '["\\['.repeat(1_000) }))).status).toBe(202);
  });

  test("X21: as many keys as fit are one job, a million are too large", async () => {
    const keys = (count: number): string => `{${Array.from({ length: count }, (_, n) => `"${n}":0`).join()}}`;
    const one = setting();
    expect((await webhook(one, keys(1_000_000))).status).toBe(413);
    expect((await webhook(one, keys(50_000))).status).toBe(202);
    expect((await replay(one, keys(50_000))).status).toBe(400);
    expect((await users(one, keys(1_000))).status).toBe(400);
    expect(await jobsOf(one)).toHaveLength(1);
  });

  test("X23: numbers that JavaScript cannot hold reach subscribers as GitHub sent them", async () => {
    const one = setting();
    const body = '{"a":1e400,"b":-0,"c":9007199254740993,"d":1.10}';
    expect((await webhook(one, body)).status).toBe(202);
    await one.drain();
    expect(one.sent.map((sent) => sent.body)).toEqual([body, body]);
  });
});
