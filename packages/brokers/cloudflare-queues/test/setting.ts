import { type FakeQueue, fakeQueue } from "@longshore/conformance";
import type { NewJob } from "@longshore/core/adapter";
import { type CloudflareQueues, cloudflareQueues } from "../src/index.ts";

/** A queue, its dead letters, the adapter over both, and a clock that the test moves. */
export type Setting = {
  readonly queue: FakeQueue;
  readonly dead: FakeQueue;
  readonly broker: CloudflareQueues;
  now(): number;
  pass(ms: number): void;
};

export function setting(): Setting {
  let time = 1_700_000_000_000;
  const now = (): number => time;
  const dead = fakeQueue(now);
  const queue = fakeQueue(now, dead);
  return {
    queue,
    dead,
    now,
    broker: cloudflareQueues({ queue, deadLetters: dead, clock: now }),
    pass(ms) {
      time += ms;
    },
  };
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: "job-1",
    name: "send-welcome-email",
    queue: "default",
    payload: '{"userId":42}',
    headers: { v: "1" },
    priority: 5,
    due: { inMs: 0 },
    keepMs: 0,
    ...overrides,
  };
}
