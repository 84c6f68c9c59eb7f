import { describe, expect, test } from "vitest";
import { type Setting, configuredSettings, delivery, operatorHeaders, setting } from "./setting.ts";

const asJson = { "content-type": "application/json" };
const usersHeaders = { ...asJson, authorization: `Bearer ${configuredSettings.USERS_TOKEN}` };

const webhook = async (one: Setting, body: string, headers: Record<string, string> = {}) =>
  one.request("/webhooks/github", await delivery(body, headers));
const users = (one: Setting, body: string) => one.request("/users", { method: "POST", headers: usersHeaders, body });
const replay = (one: Setting, body: string) =>
  one.request("/dead/replay", { method: "POST", headers: { ...operatorHeaders, ...asJson }, body });
const get = (one: Setting, path: string) => one.request(path, { headers: operatorHeaders });
/** Long ones are shortened in the names of tests. */
const titled = (texts: readonly string[]) => texts.map((text) => [text.slice(0, 60), text] as const);

describe("queries and paths", () => {
  test.each(
    titled([
      "queue=(a%2B)%2B%24",
      `queue=${"(a+)+$".repeat(1_000)}`,
      `queue=${"a".repeat(50_000)}!`,
      `cursor=${"a".repeat(50_000)}`,
      "sort=id;delete",
      "order=1",
      "filter[state]=dead",
      "state[]=dead",
      "state=dead'--",
      "constructor=1",
      "toString=1",
      "__proto__[admin]=1",
      "limit=%zz",
      "limit=1%00",
      "limit=٣",
      "queue=%ff",
      "queue=a%0d%0aset-cookie:a=b",
      "cursor=%00zzz",
      "state=dead&state=dead",
    ]),
  )("X26, X32: the query %s is refused", async (_title, query) => {
    for (const path of ["/jobs", "/dead"]) {
      const response = await get(setting(), `${path}?${query}`);
      expect([path, response.status, response.headers.get("set-cookie")]).toEqual([path, 400, null]);
    }
  });

  test.each(
    titled([
      "/jobs/%zz",
      "/jobs/%ff",
      "/jobs/%00",
      "/jobs/a%0d%0ab",
      "/jobs/a'%3B%20DROP%20TABLE%20jobs%3B--",
      "/jobs/(a+)+$",
      "/jobs/*",
      "/jobs/a%7Db",
      "/jobs/%F0%9F%91%A9",
      `/jobs/${"a".repeat(50_000)}`,
    ]),
  )("X31, X33: the path %s names no job that could be", async (_title, path) => {
    expect((await get(setting(), path)).status).toBe(400);
  });

  test.each(["__proto__", "constructor", "toString", "..%2f..%2fcounts", "..%2Fadmin", "a%2Fb", "~", "then"])(
    "X33: the id %s is only an id",
    async (id) => {
      const one = setting();
      const responses = [
        await get(one, `/jobs/${id}`),
        await one.request(`/dead/${id}/replay`, { method: "POST", headers: operatorHeaders }),
      ];
      expect(responses.map(({ status }) => status)).toEqual([404, 404]);
      const listed = await replay(
        one,
        JSON.stringify({ jobs: [{ id: decodeURIComponent(id), partition: "__proto__" }] }),
      );
      expect(await listed.json()).toMatchObject({ jobs: [{ status: "gone" }] });
    },
  );

  test.each([
    "/jobs/",
    "//jobs",
    "/JOBS",
    "/jobs/a/b",
    "/jobs/../counts/x",
    "/admin",
    "/.env",
    "/jobs;a",
    "/dead//replay",
  ])("X33: the path %s is no route, with the token or without", async (path) => {
    const one = setting();
    const [known, unknown] = [await get(one, path), await one.request(path)];
    expect(known.status).toBe(404);
    expect([401, 404]).toContain(unknown.status);
  });
});

describe("X48: a secret in what is sent", () => {
  const canary = "canary7f3a";

  test("is not in any refusal, and in no log line", async () => {
    const one = setting();
    const signed = await delivery(`{"a":"${canary}`);
    const refusals = [
      await one.request("/webhooks/github", signed),
      await one.request("/webhooks/github", {
        ...signed,
        headers: { ...asJson, "x-hub-signature-256": `sha256=${canary}` },
      }),
      await webhook(one, "{}", { "x-github-event": canary.toUpperCase() }),
      await webhook(one, "{}", { "x-github-delivery": `${canary} ${canary}` }),
      await users(one, JSON.stringify({ id: 1, email: canary })),
      await users(one, JSON.stringify({ id: 1, email: "a@example.com", [canary]: canary })),
      await users(one, JSON.stringify({ id: canary.repeat(100), email: [canary] })),
      await users(one, `{"${canary}`),
      await replay(one, JSON.stringify({ all: canary })),
      await replay(one, JSON.stringify({ [canary]: true })),
      await replay(one, JSON.stringify({ jobs: [{ id: "a", [canary]: canary }] })),
      await replay(one, JSON.stringify({ jobs: [{ id: `${canary} ${canary}` }] })),
      await get(one, `/jobs?${canary}=1`),
      await get(one, `/jobs?state=${canary}`),
      await get(one, `/jobs?cursor=${canary}%00`),
      await get(one, `/jobs/${canary}%20`),
      await get(one, `/${canary}`),
      await one.request("/jobs", { headers: { authorization: `Bearer ${canary}` } }),
      await one.request("/jobs", { headers: { authorization: `Bearer session_${canary}` } }),
    ];
    for (const response of refusals) {
      expect([400, 401, 404]).toContain(response.status);
      expect(await response.text()).not.toContain(canary);
      expect([...response.headers].join()).not.toContain(canary);
    }
    expect(one.lines.join()).not.toContain(canary);
  });

  test("is not in the log of the jobs that carry it, whether they succeed, fail or die", async () => {
    for (const status of [200, 500, 410]) {
      const settings = { ...configuredSettings, LOG_STARTS: "yes" };
      const one = setting({ settings, answer: () => new Response(canary, { status, headers: { "x-echo": canary } }) });
      await webhook(one, `{"action":"${canary}","${canary}":1}`);
      await users(one, JSON.stringify({ id: 1, email: `${canary}@example.com`, name: canary }));
      await one.drain();
      expect(one.sent.length).toBeGreaterThan(2);
      expect(one.lines.length).toBeGreaterThan(3);
      expect(one.lines.join()).not.toContain(canary);
      for (const path of ["/jobs", "/dead"]) expect(await (await get(one, path)).text()).not.toContain(canary);
    }
  });
});
