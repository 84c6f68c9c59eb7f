import { systemPlatform } from "@longshore/core";
import {
  type HttpOptions,
  type RateLimitOptions,
  type ServeOptions,
  http,
  manifestOf,
  rateLimit,
  readManifest,
  serve,
} from "@longshore/http";
import { type OutboxOptions, outbox } from "@longshore/http/outbox";
import { type HttpBrokerOptions, type PushOptions, httpBroker, push } from "@longshore/http/push";
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
  aSpan,
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

const aWarner = { good: [console], bad: [{ info: () => {} }] };

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
      log: aWarner,
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
  factory<RateLimitOptions>(
    "rateLimit",
    (options) => rateLimit(() => [], options),
    {
      calls: { good: [1, 1e6], bad: [0] },
      per: { ...aSpan, good: [1, "10s"] },
      caller: aFunction,
      maxCallers: { good: [1, 1e6], bad: [0] },
      platform,
    },
    { needs: { calls: 5, per: "1s" } },
  ),
  factory<HttpBrokerOptions>(
    "httpBroker",
    httpBroker,
    {
      url: { good: ["https://example.com/run?key=1"], bad: ["//example.com", "ftp://example.com"] },
      secret: { good: [secret], bad: ["x".repeat(31)] },
      audience,
      maxRun: { ...aLease, good: ["1s", "15m"], bad: ["999ms"] },
      background: aFunction,
      fetch: aFunction,
      log: aWarner,
      platform,
    },
    { needs: { url: needs.url, secret } },
  ),
  factory<PushOptions>(
    "push",
    (options) => push({ runCarried: async () => {} }, options),
    {
      secret: { good: [secret, [secret, `${secret}2`]], bad: ["x".repeat(31), ["short"]] },
      audience,
      maxRunning: { good: [1, 1_000], bad: [0] },
      maxBytes: { good: [1_000, 1e9], bad: [999] },
      log: aLogger,
      platform,
    },
    { needs: { secret } },
  ),
  factory<OutboxOptions>(
    "outbox",
    (options) => outbox(memory(), memory(), options),
    {
      queues: { good: [["notes"], ["notes", "photos"]], takes: ["list"], bad: [["two words"], [5]] },
      keep: aDuration,
      ordered: aBoolean,
      lease: aLease,
      onRound: aFunction,
      log: aWarner,
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
