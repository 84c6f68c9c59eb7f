import { LongshoreError } from "@longshore/core";
import { type Check, type Checks, mustBe, checkOptions, number } from "@longshore/core/adapter";

/** A message to sign, as https://www.standardwebhooks.com defines it; `timestamp` in seconds. */
export type WebhookMessage = { readonly id: string; readonly timestamp: number; readonly body: string };

export const someText: Check = mustBe("text", (value) => typeof value === "string");
const CHECKS: Checks<WebhookMessage> = { id: someText, timestamp: number(0), body: someText };
const NEEDED = ["id", "timestamp", "body"] as const;
const PREFIX = "whsec_";
const encoder = new TextEncoder();

/** The bytes of a secret. Fails with `invalid_option`, and never shows the value. */
export function signingKey(secret: unknown): Uint8Array<ArrayBuffer> {
  const bytes =
    typeof secret === "string" && secret.startsWith(PREFIX) ? decoded(secret.slice(PREFIX.length)) : undefined;
  if (bytes !== undefined && bytes.length >= 24 && bytes.length <= 64) return bytes;
  throw new LongshoreError("invalid_option", "The webhook's secret must be whsec_ and 24 to 64 bytes in base64.");
}

/**
 * The three headers of https://www.standardwebhooks.com that a receiver verifies, for handlers that send their own
 * POST. The secret is `whsec_` and 24 to 64 bytes in base64. Fails with `invalid_option`, and never shows the value.
 */
export async function webhookHeaders(
  secret: string,
  message: WebhookMessage,
): Promise<Readonly<Record<string, string>>> {
  checkOptions("webhookHeaders", message, CHECKS);
  for (const name of NEEDED) CHECKS[name](message[name], `${name} of webhookHeaders`);
  return signedHeaders(signingKey(secret), message);
}

/** Like `webhookHeaders`, with the bytes of the secret. */
export async function signedHeaders(
  secret: Uint8Array<ArrayBuffer>,
  { id, timestamp, body }: WebhookMessage,
): Promise<Readonly<Record<string, string>>> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(`${id}.${timestamp}.${body}`));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`,
  };
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
