import { statistics } from "@longshore/core/stats";
import { type D1Options, d1 } from "@longshore/d1";
import { type IndexedDBOptions, indexedDB } from "@longshore/indexeddb";
import { type MemoryOptions, memory } from "@longshore/memory";
import { type ListenOptions, type PostgresOptions, listenWith, migration, postgres } from "@longshore/postgres";
import { type RedisOptions, redis } from "@longshore/redis";
import { type SqliteOptions, sqlite } from "@longshore/sqlite";
import { type Factory, aBoolean, aCount, aDuration, aFunction, aLease, aLogger, factory } from "./factory.ts";

const schema = { good: ["jobs", "tenant_1"], bad: ["Jobs", 'a"b', "a b", "x".repeat(41)] };

export const stores: readonly Factory[] = [
  factory<MemoryOptions>("memory", memory, {
    clock: aFunction,
    lease: aLease,
    maxKept: aCount,
    deadKeep: aDuration,
    maxDead: aCount,
    stats: { good: [statistics()], bad: [statistics] },
  }),
  factory<D1Options>("d1", (options) => d1({ batch: async () => [] }, options), {
    clock: aFunction,
    lease: aLease,
    deadKeep: aDuration,
    maxDead: aCount,
  }),
  factory<IndexedDBOptions>("indexedDB", (options) => indexedDB("jobs", options), {
    durability: { good: ["strict", "relaxed"], bad: ["off"] },
    lease: aLease,
    deadKeep: aDuration,
    maxDead: aCount,
    stats: { good: [statistics()], bad: [statistics] },
    clock: aFunction,
  }),
  factory<PostgresOptions>("postgres", (options) => postgres(async () => [], options), {
    schema,
    lease: aLease,
    deadKeep: aDuration,
    maxDead: aCount,
    listen: aFunction,
    notify: aBoolean,
    stats: { good: [statistics], takes: ["function"], bad: [statistics()] },
    clock: aFunction,
    log: aLogger,
  }),
  factory<ListenOptions>("listenWith", (options) => listenWith(() => undefined as never, options), { log: aLogger }),
  factory<{ readonly schema?: string }>("migration", migration, { schema }),
  factory<RedisOptions>(
    "redis",
    redis,
    {
      send: aFunction,
      subscribe: aFunction,
      close: aFunction,
      prefix: { good: ["{jobs}:", "app:{tenant_1}"], bad: ["jobs:", "{}:", "{a b}:", `{${"x".repeat(100)}}`] },
      lease: aLease,
      deadKeep: aDuration,
      maxDead: aCount,
      stats: { good: [statistics], takes: ["function"], bad: [statistics()] },
      clock: aFunction,
      log: aLogger,
    },
    { needs: { send: async () => "" } },
  ),
  factory<SqliteOptions>("sqlite", (options) => sqlite(":memory:", options), {
    clock: aFunction,
    lease: aLease,
    maxBytes: { good: [1, 5e9], bad: [2 ** 53] },
    deadKeep: aDuration,
    maxDead: aCount,
    queues: { good: [{ payments: 1 }], takes: ["object"], bad: [{ payments: 0 }, { payments: "2" }] },
    stats: { good: [statistics()], bad: [statistics] },
    synchronous: { good: ["full", "normal"], bad: ["off"] },
  }),
];
