import type { Make } from "@longshore/conformance";
import { newJob } from "@longshore/conformance/tools";
import type { ClaimRequest, NewJob } from "@longshore/core/adapter";
import { GlideClient, Logger, ProtocolVersion } from "@valkey/valkey-glide";
import { Redis as Ioredis } from "ioredis";
import { inject } from "vitest";
import { type Redis, type RedisOptions, redis } from "../src/index.ts";
import { ioredis } from "../src/senders/ioredis.ts";

/** The server's address, or why there are no tests. */
export const url = inject("redis") ?? "";
export const isMissing = url === "";

export function openIoredis(address = url): Ioredis {
  return new Ioredis(address, { lazyConnect: true });
}

/** It would print each answer that is an error, and that a script was forgotten is one. */
Logger.setLoggerConfig("off");

export function openGlide(address = url, protocol: ProtocolVersion = ProtocolVersion.RESP3): Promise<GlideClient> {
  const { hostname: host, port } = new URL(address);
  return GlideClient.createClient({ addresses: [{ host, port: Number(port) }], protocol, requestTimeout: 10_000 });
}

/** How the suite gets its stores: a client's sender, and a prefix of its own for each store. */
export function makeOver(
  options: Pick<RedisOptions, "send" | "subscribe">,
  prefix: string,
  more: Partial<RedisOptions> = {},
): Make {
  let made = 0;
  return ({ clock }) => {
    const own = `app:{${prefix}-${++made}}:`;
    const opened: Redis[] = [];
    const open = (): Redis => {
      const adapter = redis({ ...options, prefix: own, clock: clock.now, ...more });
      opened.push(adapter);
      return adapter;
    };
    const dispose = async (): Promise<void> => {
      for (const adapter of opened) await adapter.close();
      await options.send(["EVAL", EMPTY, "1", own]);
    };
    return { adapter: open(), reopen: open, dispose };
  };
}

/** Removes all keys of a prefix. */
const EMPTY = "for _, key in ipairs(redis.call('KEYS', KEYS[1]..'*')) do redis.call('DEL', key) end return 'OK'";

type Fresh = { readonly jobs: Redis; readonly prefix: string };

/** Makes stores of their own, and tells with what their keys begin. */
export function freshStores(send: RedisOptions["send"], name: string): (options?: Partial<RedisOptions>) => Fresh {
  let made = 0;
  return (options = {}) => {
    const prefix = `{${name}-${++made}}:`;
    return { jobs: redis({ send, prefix, ...options }), prefix };
  };
}

export const complete = { type: "complete" } as const;

export function claimOf(limit: number): ClaimRequest {
  return { queues: [{ name: "default", limit }], leaseMs: 30_000 };
}

export function names(amount: number): string[] {
  return Array.from({ length: amount }, (_, n) => `job-${String(n).padStart(5, "0")}`);
}

/** A job of which nothing is kept, with a unique key. */
export function keyed(id: string, key = "k"): NewJob {
  return newJob(id, { keepMs: 0, unique: { key, on: "replace" } });
}

export { ioredis };
