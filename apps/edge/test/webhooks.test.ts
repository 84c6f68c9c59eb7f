import { expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../src/body.ts";
import { configuredSettings, delivery, errorOf, setting } from "./setting.ts";

const path = "/webhooks/github";
const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

test("a signed delivery becomes a job named by GitHub's id", async () => {
  const { request, services } = setting();
  const response = await request(path, await delivery('{"action":"opened"}'));
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ id, status: "created" });
  expect(await services.queue.get(id)).toMatchObject({
    name: "receive-delivery",
    input: { body: '{"action":"opened"}' },
  });
});

test.each(["push", "pull_request_review", "projects_v2_item"])("the event %s is taken", async (event) => {
  const { request } = setting();
  expect((await request(path, await delivery("{}", { "x-github-event": event }))).status).toBe(202);
});

test("X43: the same delivery again is a duplicate, and its state is said", async () => {
  const { request, drain } = setting();
  await request(path, await delivery("{}"));
  const waiting = await request(path, await delivery("{}"));
  expect([waiting.status, await waiting.json()]).toEqual([200, { id, status: "duplicate", state: "enqueued" }]);
  await drain();
  const done = await request(path, await delivery("{}"));
  expect([done.status, await done.json()]).toEqual([200, { id, status: "duplicate", state: "completed" }]);
});

test("GitHub's own example of a signature is accepted", async () => {
  const settings = { ...configuredSettings, GITHUB_WEBHOOK_SECRET: "It's a Secret to Everybody" };
  const { request } = setting({ settings });
  // From GitHub's documentation, "Validating webhook deliveries". Its body is no JSON object: the signature passes, the body does not.
  const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const init = await delivery("Hello, World!", { "x-hub-signature-256": signature });
  expect((await request(path, init)).status).toBe(400);
});

test("X39: without a secret nothing is accepted", async () => {
  for (const GITHUB_WEBHOOK_SECRET of [undefined, "", " "]) {
    const { GITHUB_WEBHOOK_SECRET: _, ...rest } = configuredSettings;
    const settings = GITHUB_WEBHOOK_SECRET === undefined ? rest : { ...rest, GITHUB_WEBHOOK_SECRET };
    const { request, services } = setting({ settings });
    const response = await request(path, await delivery("{}"));
    expect([response.status, await errorOf(response)]).toEqual([503, "GITHUB_WEBHOOK_SECRET is not configured"]);
    expect((await services.queue.list()).jobs).toEqual([]);
  }
});

const signed = async (): Promise<string> =>
  new Headers((await delivery("{}")).headers).get("x-hub-signature-256") ?? "";

test.each([
  ["missing", async () => ""],
  ["of another body", async () => new Headers((await delivery("{ }")).headers).get("x-hub-signature-256") ?? ""],
  ["one digit short", async () => (await signed()).slice(0, -1)],
  ["in the old algorithm", async () => (await signed()).replace("sha256", "sha1")],
  ["no hexadecimal number", async () => `sha256=${"z".repeat(64)}`],
])("X40, X41: a signature that is %s is refused", async (_what, signature) => {
  const { request, services } = setting();
  const response = await request(path, await delivery("{}", { "x-hub-signature-256": await signature() }));
  expect(response.status).toBe(401);
  expect((await services.queue.list()).jobs).toEqual([]);
});

test.each([
  ["no delivery id", { "x-github-delivery": "" }],
  ["a delivery id of odd letters", { "x-github-delivery": "a:b" }],
  ["a delivery id that is too long", { "x-github-delivery": "a".repeat(101) }],
  ["no event", { "x-github-event": "" }],
  ["an event of odd letters", { "x-github-event": "<img>" }],
])("%s is refused", async (_what, headers) => {
  const { request } = setting();
  expect((await request(path, await delivery("{}", headers))).status).toBe(400);
});

test.each([
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["a text", '"text"'],
  ["half an object", '{"a":'],
  ["brackets without end", "[".repeat(100_000)],
  ["brackets a hundred thousand deep", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["quotes without end", `{"a":${'"\\"'.repeat(50_000)}`],
  ["what is no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
])("X20, X25: a body of %s is refused", async (_what, body) => {
  const { request } = setting();
  expect((await request(path, await delivery(body))).status).toBe(400);
});

test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])(
  "X06: a body of type %j is refused",
  async (type) => {
    const { request } = setting();
    expect((await request(path, await delivery("{}", { "content-type": type }))).status).toBe(415);
  },
);

test("X19: a compressed body is refused", async () => {
  const { request } = setting();
  expect((await request(path, await delivery("{}", { "content-encoding": "gzip" }))).status).toBe(415);
});

test("X16: a key named like a prototype stays a key of the body", async () => {
  const { request, services, drain } = setting();
  const body = '{"__proto__":{"admin":true},"action":"opened"}';
  expect((await request(path, await delivery(body))).status).toBe(202);
  expect((await services.queue.get(id))?.input).toMatchObject({ body });
  await drain();
  expect(Reflect.get({}, "admin")).toBeUndefined();
});

test("X19: what is too large is refused by its length alone", async () => {
  const { request } = setting();
  const body = new Uint8Array(MAX_BODY_BYTES + 1).fill(0x20);
  const init = await delivery(body, { "content-length": String(body.length) });
  expect((await request(path, init)).status).toBe(413);
});

test("X19: what is too large and does not say so is refused before it is read", async () => {
  const { request } = setting();
  let read = 0;
  const long = new ReadableStream<Uint8Array>({
    pull(controller) {
      read += 64_000;
      controller.enqueue(new Uint8Array(64_000));
      // An end all the same: who reads it all shall fail and not fill this machine.
      if (read > 10 * MAX_BODY_BYTES) controller.close();
    },
  });
  const init = { ...(await delivery("{}")), body: long, duplex: "half" };
  expect((await request(path, init)).status).toBe(413);
  expect(read).toBeLessThan(2 * MAX_BODY_BYTES);
});

test("what fits as a body and not as a job is refused", async () => {
  const { request } = setting();
  // As a text inside JSON each quote takes two bytes.
  const body = `{"a":"${'\\"'.repeat(MAX_BODY_BYTES / 2 - 10)}"}`;
  expect((await request(path, await delivery(body))).status).toBe(413);
});

test("other methods are refused", async () => {
  const { request } = setting();
  for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
    const response = await request(path, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  }
  expect((await request("/webhooks/gitlab", { method: "POST" })).status).toBe(404);
});
