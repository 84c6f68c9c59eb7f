import { createScheduledController } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { durableObjects } from "@longshore/durable-objects";
import { beforeAll, expect, test, vi } from "vitest";
import worker from "../src/index.ts";
import { retrySweep } from "../src/jobs.ts";
import { schedules } from "../src/schedules.ts";
import { wire } from "../src/wiring.ts";
import { SUBSCRIBER_SECRET, configuredSettings, delivery, operatorHeaders } from "./setting.ts";

/** However busy the machine is. */
const SOON = { timeout: 200_000 };

// The whole app: a real object, and Cloudflare's local queue. Only the subscribers are played.
const SUBSCRIBERS = JSON.stringify(
  ["billing", "gone"].map((name) => ({ name, url: `https://${name}.example.com/hook`, secret: SUBSCRIBER_SECRET })),
);
const { queue } = wire(env).services;

beforeAll(() => {
  vi.spyOn(console, "log").mockReturnValue();
  Object.assign(env, configuredSettings, { SUBSCRIBERS });
  vi.stubGlobal(
    "fetch",
    async (url: string) => new Response(null, { status: new URL(url).hostname.startsWith("gone") ? 410 : 204 }),
  );
});

const relayTo = (id: string, subscriber: string) => ({ id: `relay:${id}:${subscriber}`, partition: id });

async function post(id: string): Promise<Response> {
  const init = await delivery('{"action":"opened"}', { "x-github-delivery": id });
  return exports.default.fetch("https://edge.example.com/webhooks/github", init);
}

test("a webhook goes through the object and the queue to its subscribers", async () => {
  expect((await post("d-1")).status).toBe(202);
  await vi.waitUntil(async () => (await queue.get(relayTo("d-1", "billing")))?.state === "completed", SOON);
  await vi.waitUntil(async () => (await queue.get(relayTo("d-1", "gone")))?.state === "dead", SOON);
  expect(await queue.get("d-1")).toMatchObject({ state: "completed", attempt: 1 });
  const again = await post("d-1");
  expect([again.status, await again.json()]).toEqual([200, { id: "d-1", status: "duplicate", state: "completed" }]);
  const counts = await exports.default.fetch("https://edge.example.com/counts", { headers: operatorHeaders });
  expect(await counts.json()).toMatchObject({
    queues: expect.arrayContaining([{ queue: "relays", paused: false, counts: { completed: 1, dead: 1 } }]),
  });
});

test("a cron trigger, whichever it is, sees to every schedule", async () => {
  await worker.scheduled(createScheduledController({ cron: "0 1 * * *", scheduledTime: new Date() }), env);
  const { rows } = await durableObjects(env.JOBS).declare(
    schedules.map(({ name, rule }) => ({ name, rule: rule.text })),
  );
  rows.forEach(({ nextAt = 0 }, i) => expect(schedules[i]?.rule.next(nextAt - 1)).toBe(nextAt));
});

test("the sweep leaves dead letters alone", async () => {
  await post("d-2");
  await vi.waitUntil(async () => (await queue.get(relayTo("d-2", "gone")))?.state === "dead", SOON);
  const { id } = await queue.enqueue(retrySweep, {});
  await vi.waitUntil(async () => (await queue.get(id))?.state === "completed", SOON);
  expect(await queue.get(relayTo("d-2", "gone"))).toMatchObject({ state: "dead", failures: [{ attempt: 1 }] });
});

test("the object counts what passes through, and the sweep tells of the dead letters", async () => {
  await post("d-3");
  await vi.waitUntil(async () => (await queue.get(relayTo("d-3", "gone")))?.state === "dead", SOON);
  const stats = await exports.default.fetch("https://edge.example.com/stats", { headers: operatorHeaders });
  const { queues } = (await stats.json()) as { queues: { queue: string; dead: number }[] };
  expect(queues.find(({ queue }) => queue === "relays")?.dead).toBeGreaterThan(0);
  const { id } = await queue.enqueue(retrySweep, {});
  await vi.waitUntil(async () => (await queue.get(id))?.state === "completed", SOON);
  const alerts = async () => (await queue.list({ queue: "alerts" })).jobs;
  await vi.waitUntil(async () => (await alerts()).some(({ state }) => state === "completed"), SOON);
  expect((await alerts())[0]?.input).toMatchObject({ rule: "deadLetters", state: "firing", queue: "relays" });
});
