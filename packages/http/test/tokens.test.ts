import { memory } from "@longshore/memory";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { serve } from "../src/index.ts";
import { type SignedGrantsOptions, type TokenOptions, signGrants, signedGrants } from "../src/tokens.ts";
import { everything } from "./everything.ts";

const secret = "a-secret-of-at-least-32-characters";
const now = 1_000_000_000_000;
const clock = { platform: { now: () => now } };
const sign = (options: Partial<TokenOptions> = {}) =>
  signGrants(everything, { secret, expiresIn: "15m", ...clock, ...options });

async function status(token: string, options: Partial<SignedGrantsOptions> = {}): Promise<number> {
  const handler = serve(memory(), { authorize: signedGrants({ secret, ...clock, ...options }) });
  const headers = { authorization: `Bearer ${token}` };
  return (await handler(new Request("https://host/jobs/manifest", { headers }))).status;
}

test("a token gives its grants until it expires", async () => {
  const token = await sign();
  const at = (ms: number) => status(token, { platform: { now: () => now + ms } });
  expect([await at(0), await at(899_000), await at(900_000), await at(1e9)]).toEqual([200, 200, 401, 401]);
});

test("a token of another secret or audience gives nothing, and an old secret holds while it is listed", async () => {
  const old = await sign({ secret: `old-${secret}` });
  expect(await status(old)).toBe(401);
  expect(await status(old, { secret: [secret, `old-${secret}`] })).toBe(200);
  expect(await status(await sign({ audience: "tenant:7" }))).toBe(401);
  expect(await status(await sign({ audience: "tenant:7" }), { audience: "tenant:7" })).toBe(200);
});

test("any other JWT gives nothing: unsigned, of another type, without an end, with other grants", async () => {
  const [head = "", body = "", signature = ""] = (await sign()).split(".");
  const base64 = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
  const key = new TextEncoder().encode(secret);
  const made = (typ: string | undefined) =>
    new SignJWT({ grants: everything })
      .setProtectedHeader({ alg: "HS256", ...(typ !== undefined && { typ }) })
      .setAudience("longshore");
  const forged = [
    `${base64({ alg: "none", typ: "longshore-grants+jwt" })}.${body}.`,
    `${base64({ alg: "HS384", typ: "longshore-grants+jwt" })}.${body}.${signature}`,
    `${head}.${base64({ grants: everything, aud: "longshore", exp: 1e12 })}.${signature}`,
    `${head}.${body}.${signature.slice(0, -2)}AA`,
    `${head}.${body}`,
    "x",
    await made("JWT")
      .setExpirationTime(now / 1_000 + 60)
      .sign(key),
    await made(undefined)
      .setExpirationTime(now / 1_000 + 60)
      .sign(key),
    await made("longshore-grants+jwt").sign(key),
  ];
  for (const token of forged) expect([token, await status(token)]).toEqual([token, 401]);
});

test("a secret is long, and no message quotes it", async () => {
  await expect(sign({ secret: "hunter2" })).rejects.toThrow(
    "The secret of signGrants must be at least 32 characters; got",
  );
  await expect(sign({ secret: "hunter2" })).rejects.not.toThrow("hunter2");
  expect(() => signedGrants({ secret: [] })).toThrow("secret of signedGrants");
});
