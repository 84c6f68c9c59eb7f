import { createHmac } from "node:crypto";
import { type LogEntry, type Tally, createQueue, createWorker, handle, systemPlatform } from "@longshore/core";
import { memory } from "@longshore/memory";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import { type Alert, type Fetch, alertJob, consoleSink, webhookSink } from "../src/index.ts";

const secret = `whsec_${btoa("a secret of thirty-two bytes, ok")}`;
const url = "https://alerts.example.com/hook?token=hidden";
const alert: Alert = {
  rule: "depth",
  severity: "warning",
  state: "firing",
  value: 1_001,
  threshold: 1_000,
  queue: "mail",
  at: Date.UTC(2026, 0, 5, 12),
};

type Sent = { readonly url: string; readonly headers: Headers; readonly body: string; readonly init: RequestInit };

/** A store with one alert in it, delivered to what answers so, once for each answer. */
async function delivered(answers: readonly (Response | Error)[], start: number = Date.now()) {
  let now = start;
  const clock = () => now;
  const platform = { ...systemPlatform, now: clock, monotonic: clock };
  const adapter = memory({ clock });
  const queue = createQueue(adapter, { platform });
  const sent: Sent[] = [];
  const lines: string[] = [];
  const write = (...said: unknown[]): void => void lines.push(JSON.stringify(said));
  const fetch: Fetch = async (to, init) => {
    sent.push({ url: to, headers: new Headers(init.headers), body: String(init.body), init });
    const answer = answers[sent.length - 1] ?? new Response();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const worker = createWorker(adapter, {
    platform,
    log: { debug: write, info: write, warn: write, error: write },
    handlers: [handle(alertJob, webhookSink({ url, secret, fetch, platform }))],
  });
  const { id } = await queue.enqueue(alertJob, alert, { id: "alert:depth:fired:7" });
  const attempt = async (afterMs: number = 0): Promise<Tally> => {
    now += afterMs;
    return worker.drain();
  };
  await attempt();
  return { sent, lines, attempt, job: async () => queue.get(id) };
}

test("a webhook is signed so that the standard's own library verifies it", async () => {
  const { sent, job } = await delivered([]);
  const [{ headers, body, init, url: to } = {}] = sent;
  expect((await job())?.state).toBe("completed");
  expect(to).toBe(url);
  expect(init).toMatchObject({ method: "POST", redirect: "manual" });
  expect(headers?.get("webhook-id")).toBe("alert:depth:fired:7");
  const verified = new Webhook(secret).verify(body ?? "", Object.fromEntries(headers ?? []));
  expect(verified).toEqual({ type: "alert.firing", timestamp: "2026-01-05T12:00:00.000Z", data: alert });
  expect(() => new Webhook(secret).verify(`${body} `, Object.fromEntries(headers ?? []))).toThrow("signature");
});

test("the signature is the HMAC of id, seconds and body", async () => {
  const { sent } = await delivered([], Date.UTC(2026, 0, 5, 12) + 999);
  const [{ headers, body } = {}] = sent;
  const seconds = Date.UTC(2026, 0, 5, 12) / 1_000;
  const hmac = createHmac("sha256", "a secret of thirty-two bytes, ok");
  const expected = hmac.update(`alert:depth:fired:7.${seconds}.${body}`).digest("base64");
  expect(headers?.get("webhook-signature")).toBe(`v1,${expected}`);
});

test("a delivery that fails is tried again, under the same id, with a signature of its own time", async () => {
  const { sent, attempt, job } = await delivered([new Response("", { status: 500 }), new TypeError("no route")]);
  expect((await job())?.state).toBe("failed");
  await attempt(36_000);
  expect((await job())?.state).toBe("failed");
  await attempt(150_000);
  expect((await job())?.state).toBe("completed");
  const ids = sent.map(({ headers }) => headers.get("webhook-id"));
  expect(ids).toEqual(Array.from({ length: 3 }, () => "alert:depth:fired:7"));
  expect(new Set(sent.map(({ headers }) => headers.get("webhook-timestamp"))).size).toBe(3);
});

test("an answer that will be the same next time makes a dead letter, all else another attempt", async () => {
  const states: Record<number, string | undefined> = {};
  for (const status of [204, 301, 400, 401, 404, 408, 410, 425, 429, 500, 503]) {
    const { job } = await delivered([new Response(null, { status })]);
    states[status] = (await job())?.state;
  }
  expect(states).toEqual({
    204: "completed",
    301: "failed",
    400: "dead",
    401: "dead",
    404: "dead",
    408: "failed",
    410: "dead",
    425: "failed",
    429: "failed",
    500: "failed",
    503: "failed",
  });
});

test("an answer's Retry-After is heeded, in seconds and as a date, for an hour at most", async () => {
  const start = Date.UTC(2026, 0, 5, 12);
  const waits: number[] = [];
  for (const after of ["120", "Mon, 05 Jan 2026 12:10:00 GMT", "999999", "0", "soon", "-5"]) {
    const { job } = await delivered([new Response("", { status: 429, headers: { "retry-after": after } })], start);
    waits.push(((await job())?.dueAt ?? 0) - start);
  }
  expect(waits.slice(0, 4)).toEqual([120_000, 600_000, 3_600_000, 1_000]);
  // The job's own policy.
  for (const wait of waits.slice(4)) expect(wait).toBeGreaterThanOrEqual(30_000);
});

test("neither address, secret nor answer shows in what is kept or logged", async () => {
  const leaky = new TypeError(`cannot reach ${url} with ${secret}`);
  const answers = [new Response("the body", { status: 500 }), leaky, new Response("the body", { status: 400 })];
  const { attempt, job, lines } = await delivered(answers);
  await attempt(36_000);
  await attempt(150_000);
  const kept = await job();
  expect(kept?.failures).toHaveLength(3);
  for (const secretText of ["hidden", "alerts.example.com", secret, "the body"]) {
    expect(JSON.stringify([kept?.failures, lines])).not.toContain(secretText);
  }
});

test("a secret or an address that is none is refused, and not shown", () => {
  const message = (options: { url: string; secret: string }): string => {
    try {
      webhookSink(options);
      return "taken";
    } catch (error) {
      return String(error);
    }
  };
  expect(message({ url, secret })).toBe("taken");
  const wrong = ["", "hush", "whsec_", "whsec_***", `whsec_${btoa("short")}`, secret.slice(6)];
  for (const bad of wrong) {
    expect(message({ url, secret: bad })).toContain("must be whsec_");
  }
  const unmarked = secret.slice(6);
  expect(message({ url, secret: unmarked })).not.toContain(unmarked);
  for (const bad of ["nowhere", "ftp://alerts.example.com", "https://user:pass@alerts.example.com"]) {
    expect(message({ url: bad, secret })).toContain("must be http or https");
    expect(message({ url: bad, secret })).not.toContain(bad);
  }
});

test("the console's sink says how bad it is", async () => {
  const said: string[] = [];
  const at =
    (level: string) =>
    ({ message }: LogEntry) =>
      void said.push(`${level} ${message}`);
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const adapter = memory();
  const worker = createWorker(adapter, { log, handlers: [handle(alertJob, consoleSink())] });
  await createQueue(adapter).enqueueMany([
    alertJob.with(alert),
    alertJob.with({ ...alert, severity: "critical" }),
    alertJob.with({ ...alert, state: "resolved" }),
  ]);
  await worker.drain();
  expect(said.sort()).toEqual(["error depth firing", "info depth resolved", "warn depth firing"]);
});
