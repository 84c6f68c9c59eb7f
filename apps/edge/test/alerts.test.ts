import { expect, test } from "vitest";
import type { Settings } from "../src/settings.ts";
import { verifyStandardWebhook } from "./standard-webhooks.ts";
import { SUBSCRIBER_SECRET as SECRET, type Setting, configuredSettings, delivery, setting } from "./setting.ts";

const URL = "https://alerts.example.com/hook?key=path-secret";
const MINUTE = 60_000;
const withWebhook = { ...configuredSettings, ALERT_WEBHOOK_URL: URL, ALERT_WEBHOOK_SECRET: SECRET };

type Night = Setting & { pass(ms: number): Promise<void>; recover(): void };

/** The app with two dead letters, seen by its first sweep; and how to let time pass. */
async function badNight(settings: Settings = withWebhook, wake?: () => Promise<void>): Promise<Night> {
  let now = Date.UTC(2026, 10, 2, 9, 1);
  let refusing = true;
  const answer = ({ url }: { readonly url: string }) =>
    new Response("", { status: url !== URL && refusing ? 410 : 200 });
  const one = setting({ settings, clock: () => now, answer, ...(wake && { wake }) });
  const pass = async (ms: number): Promise<void> => {
    for (const end = now + ms; now < end;) {
      now = Math.min(end, now + 5 * MINUTE);
      await one.drain();
    }
  };
  await one.drain();
  await pass(5 * MINUTE);
  await one.request("/webhooks/github", await delivery(JSON.stringify({ action: "opened" })));
  await one.drain();
  await pass(5 * MINUTE);
  return { ...one, pass, recover: () => void (refusing = false) };
}

const alertsTo = ({ sent }: Setting) => sent.filter(({ url }) => url === URL);
const told = (one: Setting): unknown[] => alertsTo(one).map(({ body }) => JSON.parse(body));

test("dead letters are told of once, signed, and once more when they are replayed", async () => {
  const one = await badNight();
  const [alert] = alertsTo(one);
  expect(told(one)).toEqual([
    expect.objectContaining({
      type: "alert.firing",
      data: expect.objectContaining({ rule: "deadLetters", severity: "warning", value: 2, queue: "relays" }),
    }),
  ]);
  expect(await verifyStandardWebhook(alert?.headers ?? new Headers(), alert?.body ?? "", SECRET)).toBe(true);
  await one.pass(30 * MINUTE);
  expect(told(one)).toHaveLength(1);
  one.recover();
  await one.services.queue.replayMany((await one.services.queue.list({ state: "dead" })).jobs);
  await one.pass(10 * MINUTE);
  expect(told(one).at(-1)).toMatchObject({ type: "alert.resolved", data: { rule: "deadLetters", value: 0 } });
  await one.pass(60 * MINUTE);
  expect(told(one)).toHaveLength(2);
});

test("rules are looked at while a shard cannot be looked after, and the sweep says that it failed", async () => {
  const one = await badNight(withWebhook, () => Promise.reject(new Error("this shard is away")));
  expect(told(one)).toMatchObject([{ type: "alert.firing", data: { rule: "deadLetters" } }]);
  const sweeps = (await one.services.queue.list({ queue: "upkeep" })).jobs.filter(({ name }) => name === "retry-sweep");
  expect(sweeps[0]?.failures.at(-1)?.message).toBe("this shard is away");
});

test("without a webhook alerts are lines of the log, which hold no secret", async () => {
  const one = await badNight({ ...configuredSettings, ALERT_WEBHOOK_URL: URL });
  const lines = one.lines.filter((line) => line.includes("deadLetters firing"));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", rule: "deadLetters", value: 2 });
  expect(one.lines.join()).not.toMatch(/whsec_|path-secret/);
});

test("X49: alerts go to no private address, whatever the configuration says", async () => {
  const one = await badNight({ ...withWebhook, ALERT_WEBHOOK_URL: "https://169.254.169.254/" });
  expect(one.sent.filter(({ url }) => url.includes("169.254"))).toEqual([]);
  const [job] = (await one.services.queue.list({ queue: "alerts" })).jobs;
  expect(job?.failures.at(-1)?.message).toBe("ALERT_WEBHOOK_URL must have a name, not an address in digits.");
});
