import { createQueue, createWorker, defineJob, handle, type Logger } from "@longshore/core";
import { memory } from "@longshore/memory";
import { paired } from "@longshore/paired";
import { z } from "zod";
import { type Manifest, bearerTokens, http, serve } from "../src/index.ts";
import { type HttpBrokerOptions, type PushOptions, httpBroker, push } from "../src/push/index.ts";
import type { Sockets } from "./mounts.ts";

export const secret = "a-secret-of-at-least-32-characters";
const token = "a-token-of-the-receiver";
export const task = defineJob("task", { input: z.object({ n: z.number() }) });
type Run = (n: number) => unknown;

/** What a receiver needs of the store: it settles, renews, and reads payloads that were too large for a call. */
const authorize = bearerTokens([
  { token, grants: [{ verbs: ["settle", "renew", "get"], queues: ["default"], names: "all", payloads: true }] },
]);
const { traits } = memory();
const manifest = {
  name: "memory",
  traits,
  interfaces: ["Settle", "Pull", "Renew", "Wake", "Inspect", "Control", "Prune", "Schedules"],
} as const satisfies Manifest;

/** A receiver far from its store: its handler, which runs what it is sent. */
export function receiverOf(url: string, run: Run, options: Partial<PushOptions> = {}) {
  const store = http({ url, manifest, headers: { authorization: `Bearer ${token}` } });
  const jobs = paired(store, httpBroker({ url: "http://unused", secret }));
  const worker = createWorker(jobs, {
    handlers: [
      handle(task, async ({ n }) => {
        await run(n);
      }),
    ],
    logFailures: false,
  });
  return push(jobs.runner(worker), { secret, ...options });
}

/** A logger that keeps what it is told. */
export const quiet = (): Logger & { readonly said: object[] } => {
  const said: object[] = [];
  const say = (fields: object): void => void said.push(fields);
  return { said, debug: say, info: say, warn: say, error: say };
};

/** A store, served over sockets, and the sender beside it. */
export function senderOf(sockets: Sockets, clock?: () => number) {
  const store = memory(clock && { clock });
  const url = sockets.mount(serve(store, { authorize }));
  const calls: Promise<unknown>[] = [];
  const log = quiet();
  const to = (receiver: string, options: Partial<HttpBrokerOptions> = {}) =>
    paired(store, httpBroker({ url: receiver, secret, background: (work) => calls.push(work), log, ...options }));
  const queue = createQueue(store);
  return {
    store,
    url,
    to,
    log,
    queue,
    /** Resolves when every call has ended. */
    ended: () => Promise.all(calls),
    state: async (id: string) => {
      const row = await queue.get(id);
      return [row?.state, row?.attempt];
    },
  };
}
