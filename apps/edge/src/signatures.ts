const encoder = new TextEncoder();

/** GitHub's `X-Hub-Signature-256`: the HMAC of the raw body. Compared by WebCrypto, in constant time. */
export async function verifyGitHub(secret: string, header: string | undefined, body: Uint8Array): Promise<boolean> {
  const hex = /^sha256=([0-9a-f]{64})$/.exec(header ?? "")?.[1];
  if (hex === undefined) return false;
  const signature = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.verify("HMAC", await hmacKey(encoder.encode(secret), "verify"), signature, body);
}

/** A message to be signed as https://www.standardwebhooks.com says. */
export type WebhookMessage = { readonly id: string; readonly timestamp: number; readonly body: string };

/** The three headers of Standard Webhooks; `timestamp` is in seconds, the secret `whsec_` and base64. */
export async function standardWebhookHeaders(
  secret: string,
  { id, timestamp, body }: WebhookMessage,
): Promise<Record<string, string>> {
  const key = await hmacKey(
    Uint8Array.from(atob(secret.slice("whsec_".length)), (c) => c.charCodeAt(0)),
    "sign",
  );
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(`${id}.${timestamp}.${body}`));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`,
  };
}

export async function sha256(data: Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", data));
}

/** Compares by digests, so that neither the content nor the length of what is expected shows in the time it takes. */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [given, expected].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  return a !== undefined && b !== undefined && crypto.subtle.timingSafeEqual(a, b);
}

function hmacKey(secret: Uint8Array, use: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
