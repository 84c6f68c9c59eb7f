import { systemPlatform } from "@longshore/core";
import { type HttpOptions, type ServeOptions, http, manifestOf, readManifest, serve } from "@longshore/http";
import { type OutboxOptions, outbox } from "@longshore/http/outbox";
import { type SignedGrantsOptions, type TokenOptions, signGrants, signedGrants } from "@longshore/http/tokens";
import { memory } from "@longshore/memory";
import {
  type Factory,
  type Option,
  aBoolean,
  aCount,
  aDuration,
  aFunction,
  aLease,
  aLogger,
  factory,
} from "./factory.ts";

const url: Option = {
  good: ["https://example.com/jobs", "http://localhost:3000"],
  bad: ["https://example.com/jobs?a=1", "//example.com", "ftp://example.com"],
};
const headers: Option = { good: [{ authorization: "Bearer x" }], takes: ["object", "function"] };
const platform: Option = { good: [systemPlatform], bad: [{ now: 5 }] };
const needs = { url: "https://example.com/jobs", manifest: manifestOf(memory()) };
const secret = "x".repeat(32);
const audience: Option = { good: ["tenant:7"], takes: ["text"], bad: ["two words"] };

export const remote: readonly Factory[] = [
  factory<HttpOptions>(
    "http",
    http,
    {
      url,
      manifest: {
        good: [needs.manifest, { ...needs.manifest, interfaces: [] }],
        bad: [{ ...needs.manifest, traits: {} }],
      },
      headers,
      fetch: aFunction,
      deadline: aLease,
      platform,
    },
    { needs },
  ),
  factory<Omit<Parameters<typeof readManifest>[0], "fetch">>(
    "readManifest",
    (options) => readManifest({ fetch: async () => Response.json({ value: needs.manifest }), ...options }),
    { url, headers },
    { needs: { url: needs.url } },
  ),
  factory<ServeOptions>(
    "serve",
    (options) => serve(memory(), options),
    {
      authorize: aFunction,
      cors: { good: [["https://example.com"], ["*"]], takes: ["list"], bad: [["example.com"], ["https://a.b/c"]] },
      maxBytes: { good: [1_000, 1e9], bad: [999] },
      maxStreams: aCount,
      log: aLogger,
      platform,
    },
    { needs: { authorize: () => undefined } },
  ),
  factory<OutboxOptions>(
    "outbox",
    (options) => outbox(memory(), memory(), options),
    {
      queues: { good: [["notes"], ["notes", "photos"]], takes: ["list"], bad: [["two words"], [5]] },
      keep: aDuration,
      ordered: aBoolean,
      onRound: aFunction,
      platform,
    },
    { needs: { queues: ["notes"] } },
  ),
  factory<TokenOptions>(
    "signGrants",
    (options) => signGrants([], options),
    {
      secret: { good: [secret], bad: ["x".repeat(31)] },
      audience,
      expiresIn: { ...aLease, good: ["1s", "1h30m", 5_000], bad: ["999ms"] },
      platform,
    },
    { needs: { secret, expiresIn: "15m" } },
  ),
  factory<SignedGrantsOptions>(
    "signedGrants",
    signedGrants,
    { secret: { good: [secret, [secret, `${secret}2`]], bad: ["x".repeat(31), ["short"]] }, audience, platform },
    { needs: { secret } },
  ),
];
