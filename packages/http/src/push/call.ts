import { LongshoreError } from "@longshore/core";
import { type ClaimedJob, aBoolean, integer } from "@longshore/core/adapter";
import { type Secrets, signed, verifier } from "../jwt.ts";
import { bearerOf } from "../server/bearer.ts";
import { type Read, checked, jobData, object, optional, someText } from "../server/reading.ts";
import { parseJson, readText } from "../server/request.ts";
import { VERSION_HEADER, WIRE_VERSION } from "../wire.ts";

/**
 * A call brings one claimed job as JSON. Its token is a JWT that expires and holds the digest of the body, so that
 * nobody can send another job with it.
 */
export type Call = { readonly body: string; readonly headers: Readonly<Record<string, string>> };

const TYPE = "longshore-push+jwt";
/** Longer than a call is on its way between clocks that differ. A copy of it is harmless: the job's token is used up. */
const HOLDS_MS = 300_000;

export async function callOf(job: ClaimedJob, secret: string, audience: string, now: number): Promise<Call> {
  const body = JSON.stringify(job);
  const jwt = await signed({ sha256: await digestOf(body) }, secret, { type: TYPE, audience }, now + HOLDS_MS);
  return {
    body,
    headers: {
      authorization: `Bearer ${jwt}`,
      "content-type": "application/json",
      [VERSION_HEADER]: String(WIRE_VERSION),
    },
  };
}

const whole = checked(integer(0));
const content: Read = (value, what) => checked(someText(Infinity))(value, what);
const claimedJob = object({
  ...jobData(content),
  token: whole,
  attempt: whole,
  stalled: checked(aBoolean),
  ageMs: whole,
  waitedMs: whole,
  snoozed: optional(object({ reason: checked(someText(2_000)), forMs: whole })),
  leaseMs: optional(whole),
});

/**
 * Makes a reader of calls. Who cannot show a token is refused before the body is read. Fails with `unauthorized`,
 * `batch_too_large`, `invalid_request`, and as the core's checks do.
 */
export function callReader(
  secret: Secrets,
  audience: string,
  maxBytes: number,
  now: () => number,
): (request: Request) => Promise<ClaimedJob> {
  const verify = verifier(secret, { type: TYPE, audience }, now, "push");
  return async (request) => {
    const token = bearerOf(request);
    const claims = token === undefined ? undefined : await verify(token);
    if (claims === undefined) throw unauthorized("The signature is missing, wrong or expired.");
    const body = await readText(request, maxBytes);
    if (claims["sha256"] !== (await digestOf(body))) throw unauthorized("The signature is that of another call.");
    // Its properties have been read.
    return claimedJob(parseJson(body, "a claimed job as JSON"), "pushed job") as ClaimedJob;
  };
}

function unauthorized(message: string): LongshoreError {
  return new LongshoreError("unauthorized", message);
}

async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
