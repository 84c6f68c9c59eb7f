import { expect, test } from "vitest";
import {
  SUBSCRIBER_SECRET,
  type Setting,
  type SettingOptions,
  configuredSettings,
  delivery,
  setting,
} from "./setting.ts";
import { verifyStandardWebhook } from "./standard-webhooks.ts";

const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
const body = '{"action":"opened", "repository":{"full_name":"octo/repo"},"sender":{"login":"octocat"}}';
const relayTo = (subscriber: string) => ({ id: `relay:${id}:${subscriber}`, partition: id });

async function relayed(options: SettingOptions = {}, text = body): Promise<Setting> {
  const one = setting(options);
  await one.request("/webhooks/github", await delivery(text));
  await one.drain();
  return one;
}

test("a delivery leaves a digest and reaches every subscriber, signed", async () => {
  const { services, sent } = await relayed();
  expect(await services.records.find(id)).toMatchObject({
    event: "issues",
    action: "opened",
    repository: "octo/repo",
    sender: "octocat",
    sha256: "093437d166d12c9d4cf617861699e25ae09cd1469de6dd2577b0bb585efa7732",
  });
  expect(sent.map(({ url }) => new URL(url).hostname).sort()).toEqual(["billing.example.com", "search.example.com"]);
  for (const message of sent) {
    expect(message.body).toBe(body);
    expect(message.headers.get("webhook-id")).toBe(id);
    expect(message.headers.get("x-github-event")).toBe("issues");
    expect(await verifyStandardWebhook(message.headers, message.body, SUBSCRIBER_SECRET)).toBe(true);
  }
});

test.each(["{}", '{"action":5,"repository":"r","sender":[]}', '{"repository":{"full_name":null},"sender":null}'])(
  "an event without the usual fields is relayed all the same: %s",
  async (text) => {
    const { services, sent } = await relayed({}, text);
    expect(await services.records.find(id)).toMatchObject({ action: null, repository: null, sender: null });
    expect(sent.map((message) => message.body)).toEqual([text, text]);
  },
);

test("a subscriber that fails is tried again, and the other one is left in peace", async () => {
  let now = 0;
  let broken = true;
  const answer: SettingOptions["answer"] = ({ url }) =>
    new Response("", { status: url.includes("billing") && broken ? 500 : 200 });
  const { services, sent, drain } = await relayed({ answer, clock: () => now });
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "failed", attempt: 1 });
  expect(await services.queue.get(relayTo("search"))).toMatchObject({ state: "completed" });
  broken = false;
  now += 36_000;
  await drain();
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "completed", attempt: 2 });
  expect(sent.filter(({ url }) => url.includes("search"))).toHaveLength(1);
  expect(new Set(sent.map(({ headers }) => headers.get("webhook-id")))).toEqual(new Set([id]));
});

test("a subscriber that wants no more goes to the dead letters at once, and can be replayed", async () => {
  let status = 410;
  const { services, drain } = await relayed({ answer: () => new Response(null, { status }) });
  const dead = await services.queue.get(relayTo("billing"));
  expect(dead).toMatchObject({ state: "dead", attempt: 1, failures: [{ message: "billing answered 410." }] });
  status = 204;
  await services.queue.replay(relayTo("billing"));
  await drain();
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "completed", attempt: 1 });
});

test("a subscriber says itself when it wants to be asked again", async () => {
  const answer = () => new Response("", { status: 429, headers: { "retry-after": "120" } });
  const { services } = await relayed({ answer, clock: () => 0 });
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "failed", dueAt: 120_000 });
});

test("X49: a redirect is a failure and is not followed", async () => {
  const answer = () => new Response("", { status: 302, headers: { location: "http://169.254.169.254/" } });
  const { services, sent } = await relayed({ answer });
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "failed" });
  expect(sent).toHaveLength(2);
});

test("a subscriber that cannot be reached is tried again, and its address is not told", async () => {
  const answer = () => {
    throw new TypeError("cannot connect to https://billing.example.com/hook?key=path-secret");
  };
  const { services, lines } = await relayed({ answer });
  const job = await services.queue.get(relayTo("billing"));
  expect(job).toMatchObject({ state: "failed", failures: [{ message: "billing could not be reached (TypeError)." }] });
  expect(JSON.stringify([job?.failures, lines])).not.toContain("path-secret");
});

test("a subscriber that was taken off the list gets nothing more", async () => {
  const settings = { ...configuredSettings };
  const { services, sent, request, drain } = setting({ settings });
  await services.queue.pause("relays");
  await request("/webhooks/github", await delivery(body));
  await drain();
  Object.assign(settings, { SUBSCRIBERS: "[]" });
  await services.queue.resume("relays");
  await drain();
  expect(sent).toEqual([]);
  expect(await services.queue.get(relayTo("billing"))).toMatchObject({ state: "dead" });
});

test.each([
  ["no JSON", `[{"secret":"${SUBSCRIBER_SECRET}`],
  ["no list", "{}"],
  ["a private address", JSON.stringify([{ name: "a", url: "https://10.0.0.1/", secret: SUBSCRIBER_SECRET }])],
  ["a short secret", JSON.stringify([{ name: "a", url: "https://a.example.com/", secret: "whsec_c2hvcnQ=" }])],
  ["a misspelt key", JSON.stringify([{ name: "a", url: "https://a.example.com/", secrets: SUBSCRIBER_SECRET }])],
  [
    "one name for two",
    JSON.stringify(["a", "a"].map((name) => ({ name, url: "https://a.example.com/", secret: SUBSCRIBER_SECRET }))),
  ],
])("with a list of subscribers that holds %s, deliveries are kept until it is mended", async (_what, SUBSCRIBERS) => {
  const { services, lines, sent } = await relayed({ settings: { ...configuredSettings, SUBSCRIBERS } });
  expect(await services.queue.get(id)).toMatchObject({ state: "failed" });
  expect(sent).toEqual([]);
  expect(lines.join()).toContain("SUBSCRIBERS");
  expect(lines.join()).not.toContain(SUBSCRIBER_SECRET.slice(6, 20));
});
