import { webhookHeaders } from "@longshore/signals";
import { expect, test } from "vitest";
import { sameSecret } from "../src/signatures.ts";
import { verifyStandardWebhook } from "./standard-webhooks.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, body: '{"test": 2432232314}' };

test("a message is signed as the example of Standard Webhooks is", async () => {
  expect(await webhookHeaders(secret, message)).toEqual({
    "webhook-id": message.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a signature fits neither another body, nor another id, nor another time", async () => {
  const headers = new Headers(await webhookHeaders(secret, message));
  expect(await verifyStandardWebhook(headers, message.body, secret)).toBe(true);
  expect(await verifyStandardWebhook(headers, `${message.body} `, secret)).toBe(false);
  for (const [name, value] of [
    ["webhook-id", "msg_other"],
    ["webhook-timestamp", "1614265331"],
  ] as const) {
    const altered = new Headers(headers);
    altered.set(name, value);
    expect(await verifyStandardWebhook(altered, message.body, secret)).toBe(false);
  }
});

test("secrets are the same only where every letter is", async () => {
  expect(await sameSecret("token", "token")).toBe(true);
  for (const other of ["tokem", "toke", "token ", ""]) expect(await sameSecret(other, "token")).toBe(false);
});
