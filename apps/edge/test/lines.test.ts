import { expect, test } from "vitest";
import { configuredSettings, delivery, operatorHeaders, setting } from "./setting.ts";

const eventOf = (repository: string): string =>
  JSON.stringify({ action: "opened", repository: { full_name: repository } });
const named = (id: string) => ({ "x-github-delivery": id });

test("a relay that fails holds up those of its repository to the same subscriber, and nobody else", async () => {
  let now = 0;
  const one = setting({
    clock: () => now,
    answer: ({ url, headers }) =>
      new Response(null, {
        status: now === 0 && url.includes("billing") && headers.get("webhook-id") === "d-1" ? 500 : 204,
      }),
  });
  for (const [id, repository] of [
    ["d-1", "octo/a"],
    ["d-2", "octo/a"],
    ["d-3", "octo/b"],
  ] as const)
    await one.request("/webhooks/github", await delivery(eventOf(repository), named(id)));
  await one.drain();
  const got = (subscriber: string): (string | null)[] =>
    one.sent.filter(({ url }) => url.includes(subscriber)).map(({ headers }) => headers.get("webhook-id"));
  expect(got("search").toSorted()).toEqual(["d-1", "d-2", "d-3"]);
  expect(got("search").indexOf("d-1")).toBeLessThan(got("search").indexOf("d-2"));
  expect(got("billing").toSorted()).toEqual(["d-1", "d-3"]);
  now += 40_000;
  await one.drain();
  expect(got("billing").slice(2)).toEqual(["d-1", "d-2"]);
});

test("a subscriber gets two relays at a time, however many repositories there are", async () => {
  let open = 0;
  let most = 0;
  const one = setting({
    answer: async ({ url }) => {
      if (!url.includes("billing")) return new Response();
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open--;
      return new Response();
    },
  });
  for (let i = 0; i < 12; i++)
    await one.request("/webhooks/github", await delivery(eventOf(`octo/${i}`), named(`d-${i}`)));
  await one.drain();
  expect(one.sent.filter(({ url }) => url.includes("billing"))).toHaveLength(12);
  expect(most).toBe(2);
});

test("a repository that has been quiet for a minute has one digest by mail, whatever came", async () => {
  let now = Date.UTC(2026, 10, 3, 12, 1);
  const settings = { ...configuredSettings, SUBSCRIBERS: "[]", REPORT_TO: "team@example.com" };
  const one = setting({ settings, clock: () => now });
  for (let i = 0; i < 3; i++) {
    await one.request("/webhooks/github", await delivery(eventOf("octo/a"), named(`d-${i}`)));
    await one.drain();
    now += 40_000;
  }
  expect(one.sent).toEqual([]);
  now += 20_000;
  await one.drain();
  const mails = one.sent.map(({ body }) => JSON.parse(body) as { subject: string; text: string });
  expect(mails).toMatchObject([{ subject: "Webhooks of octo/a within a day", text: "       3  issues\n" }]);
});

test("the mail API gets ten mails after a pause, and then one a second", async () => {
  let now = 0;
  const one = setting({ clock: () => now });
  for (let i = 0; i < 15; i++) {
    const headers = { authorization: `Bearer ${configuredSettings.USERS_TOKEN}`, "content-type": "application/json" };
    const body = JSON.stringify({ id: `u-${i}`, email: "user@example.com" });
    expect((await one.request("/users", { method: "POST", headers, body })).status).toBe(202);
  }
  const counts: number[] = [];
  for (let second = 0; second < 5; second++, now += 1_000) {
    await one.drain();
    counts.push(one.sent.length);
  }
  expect(counts).toEqual([10, 11, 12, 13, 14]);
});

test("dead letters are replayed at a pace, and a request says whether there are more", async () => {
  let status = 410;
  const one = setting({ answer: () => new Response(null, { status }) });
  for (let i = 0; i < 15; i++) await one.request("/webhooks/github", await delivery("{}", named(`d-${i}`)));
  await one.drain();
  status = 204;
  const headers = { ...operatorHeaders, "content-type": "application/json" };
  const startedAt = performance.now();
  const body = JSON.stringify({ all: true, perSecond: 25 });
  const answer = await one.request("/dead/replay", { method: "POST", headers, body });
  expect(await answer.json()).toEqual({ done: 30, refused: 0, more: false });
  // Thirty of them, of which twenty-five come in the first second.
  expect(performance.now() - startedAt).toBeGreaterThan(900);
  const zero = JSON.stringify({ all: true, perSecond: 0 });
  expect((await one.request("/dead/replay", { method: "POST", headers, body: zero })).status).toBe(400);
});
