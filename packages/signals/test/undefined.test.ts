import { createQueue } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import {
  type AlertRule,
  analyticsEngine,
  evaluate,
  metrics,
  post,
  webhookHeaders,
  webhookSink,
  withHeartbeat,
} from "../src/index.ts";

const SECRET = `whsec_${btoa("a secret of thirty-two bytes ...")}`;

test("every option may be undefined, which is as good as left out", async () => {
  const store = memory({ stats: statistics() });
  await createQueue(withHeartbeat(store, { id: undefined, for: undefined, platform: undefined })).counts();
  analyticsEngine({ writeDataPoint() {} }, { metadata: undefined, messages: undefined });
  webhookSink({ url: "https://a.example.com", secret: SECRET, fetch: undefined, platform: undefined });
  const { signal } = new AbortController();
  const call = { who: "a", url: "https://a.example.com", headers: {}, body: "", signal, platform: undefined };
  await post(call, async () => new Response(""));
  const { window, queues } = await metrics(store, { window: undefined, only: { queues: undefined, names: undefined } });
  expect([window, queues]).toEqual(["hour", []]);
  await metrics(store, { only: undefined });
  const rule: AlertRule = {
    severity: "warning",
    measure: "depth",
    above: 1,
    states: undefined,
    for: undefined,
    resolveAt: undefined,
    cooldown: undefined,
    only: undefined,
  };
  expect(await evaluate(store, { rules: { rule }, alert: undefined })).toEqual([]);
});

test("what a webhook's headers are made of may not", async () => {
  const message = { id: "a", timestamp: 1, body: "" };
  for (const name of Object.keys(message)) {
    const lacking = webhookHeaders(SECRET, { ...message, [name]: undefined });
    await expect(lacking).rejects.toMatchObject({ code: "invalid_option", message: expect.stringContaining(name) });
  }
});
