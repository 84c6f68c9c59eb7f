import {
  type Schedule,
  createQueue,
  createWorker,
  defineJob,
  defineQueue,
  every,
  fixed,
  handle,
  nonRetryable,
  schedule,
} from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { type AlertRules, defaultRules, evaluate } from "@longshore/signals";
import { z } from "zod";
import type { DashboardOptions } from "../src/index.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Noon of a day, in UTC. */
const NOON: number = Date.UTC(2026, 10, 2, 12);

const any = { input: z.any(), output: z.any() };
const mail = defineJob("send-mail", { ...any, queue: "mail", retry: fixed({ delay: "5m" }), keep: "7d" });
const resize = defineJob("resize-image", { ...any, queue: "images", keep: "7d" });
const report = defineJob("monthly-report", { ...any, queue: "reports", keep: "7d" });
const imports = defineQueue("imports", { concurrency: 2, maxDepth: 10 });
export const importRows = defineJob("import-rows", {
  ...any,
  queue: imports,
  concurrency: { key: ({ tenant }) => tenant, limit: 1 },
});
const callPartner = defineJob("call-partner", { ...any, queue: "partner", throttle: { limit: 60, per: "1m" } });
const sync = defineJob("sync-contact", {
  ...any,
  queue: "contacts",
  unique: { key: ({ contact }) => contact, on: "replace" },
});

const cleanup = schedule("cleanup", every("6h"), report.with({ month: "all" }));
/** A rule that the code has no more. */
const former = schedule("former", every("2h"), report.with({ month: "none" }));

export type Shop = {
  readonly schedules: readonly Schedule[];
  readonly rules: AlertRules;
  readonly definitions: NonNullable<DashboardOptions["definitions"]>;
  readonly adapter: ReturnType<typeof memory>;
  readonly clock: { now(): number; pass(ms: number): void };
  readonly queue: ReturnType<typeof createQueue<ReturnType<typeof memory>>>;
};

/** A store in which there are jobs of every kind, on a clock that the test moves. */
export async function openShop(): Promise<Shop> {
  let now = NOON;
  const clock = { now: () => now, pass: (ms: number) => void (now += ms) };
  const adapter = memory({ clock: clock.now, stats: statistics() });
  const queue = createQueue(adapter, { log: silent });
  let sent = 0;
  const worker = createWorker(adapter, {
    log: silent,
    handlers: [
      handle(mail, ({ to }) => {
        clock.pass(90 + 15 * sent++);
        if (to === "broken")
          throw new Error("connect ECONNREFUSED 192.0.2.7:25", { cause: new Error("socket closed") });
        return { sent: to };
      }),
      handle(resize, ({ path }) => {
        clock.pass(1_700 + 400 * Math.min(sent, 7));
        if (/corrupt/.test(path)) throw nonRetryable("not a JPEG: marker missing");
        if (/huge/.test(path)) throw nonRetryable(`out of memory at ${path}`);
        return { width: 320 };
      }),
    ],
  });
  for (const n of [1, 2, 3, 4, 5, 6]) {
    await queue.enqueue(mail, { to: `user-${n}@example.com` }, { id: `mail:${n}`, metadata: { user_id: `${n}` } });
    await queue.enqueue(resize, { path: `photo-${n}.jpg` }, { id: `photo:${n}` });
    clock.pass(700 * n);
    await worker.drain();
  }
  for (const n of [1, 2, 3]) await queue.enqueue(resize, { path: `corrupt-${n}.jpg` }, { id: `corrupt:${n}` });
  await queue.enqueue(resize, { path: "huge.jpg" }, { id: "huge:1" });
  await worker.drain();
  await queue.enqueue(mail, { to: "broken" }, { id: "mail:broken" });
  await worker.drain();
  clock.pass(330_000);
  await worker.drain();
  await queue.enqueue(report, { month: "2026-10" }, { id: "report:running" });
  await adapter.claim({ queues: [{ name: "reports", limit: 1 }], leaseMs: 30_000 });
  await queue.enqueue(report, { month: "2026-11" }, { id: "report:later", delay: "3d" });
  await queue.enqueue(report, { month: "2026-12" }, { id: "report:waiting" });
  const slow = createWorker(adapter, { handlers: [], schedules: [cleanup, former], log: silent });
  await slow.tick();
  await adapter.announce({ id: "host-1", slots: 10, busy: 4 }, 60_000);
  await adapter.announce({ id: "host-2", slots: 10, busy: 0 }, 1_000);
  await evaluate(adapter, { rules: defaultRules });
  clock.pass(4_000);
  return {
    schedules: [cleanup],
    rules: defaultRules,
    definitions: [importRows, callPartner, sync],
    adapter,
    clock,
    queue,
  };
}

/** Three queues whose jobs are held up: by limits, by a rate, and by a unique key. */
export async function holdUp({ queue, adapter }: Pick<Shop, "queue" | "adapter">): Promise<void> {
  const tenants = ["north", "south", "north", "north", "south", "east", "west"];
  for (const [i, tenant] of tenants.entries()) await queue.enqueue(importRows, { tenant }, { id: `import:${i}` });
  await adapter.claim({ queues: [{ name: "imports", limit: 9 }], leaseMs: 600_000 });
  for (const n of [1, 2, 3]) await queue.enqueue(callPartner, { n }, { id: `call:${n}` });
  await adapter.claim({ queues: [{ name: "partner", limit: 1 }], leaseMs: 600_000 });
  await queue.enqueue(sync, { contact: "c-42" }, { id: "sync:1" });
  await adapter.claim({ queues: [{ name: "contacts", limit: 1 }], leaseMs: 600_000 });
  await queue.enqueue(sync, { contact: "c-42" }, { id: "sync:2" });
}
