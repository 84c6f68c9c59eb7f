/** What a subscriber does with a message, from the specification and independent of how we sign. */
export async function verifyStandardWebhook(headers: Headers, body: string, secret: string): Promise<boolean> {
  const [version, signature] = (headers.get("webhook-signature") ?? "").split(",");
  const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const key = await crypto.subtle.importKey("raw", bytesOf(secret.slice(6)), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  const valid = await crypto.subtle.verify("HMAC", key, bytesOf(signature ?? ""), new TextEncoder().encode(signed));
  return version === "v1" && valid;
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
