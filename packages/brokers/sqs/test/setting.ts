import type { NewJob } from "@longshore/core/adapter";
import { type Sqs, sqs } from "../src/index.ts";
import { type FakeSqs, fakeSqs } from "./fake-sqs.ts";

export const ACCOUNT = "https://sqs.eu-west-1.amazonaws.com/123456789012";

/** A fake of SQS, the adapter over it, and a clock and timers that the test moves. */
export type Setting = {
  readonly service: FakeSqs;
  readonly broker: Sqs;
  readonly queue: string;
  readonly dead: string;
  now(): number;
  readonly platform: { timer(ms: number, callback: () => void): () => void; turn(): Promise<void> };
  /** Moves the clock from timer to timer, and lets what follows happen. */
  pass(ms: number): Promise<void>;
  /** Lets what is under way happen. */
  idle(): Promise<void>;
};

export function setting(suffix = "", options: Parameters<typeof fakeSqs>[1] = {}): Setting {
  let time = 1_700_000_000_000;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const now = (): number => time;
  const service = fakeSqs(now, options);
  const queue = `${ACCOUNT}/jobs${suffix}`;
  const dead = `${ACCOUNT}/dead${suffix}`;
  const idle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    service,
    queue,
    dead,
    now,
    idle,
    broker: sqs({ call: service.call, queue, deadLetters: dead, clock: now }),
    platform: {
      turn: () => new Promise((resolve) => setImmediate(resolve)),
      timer(ms, callback) {
        const timer = { at: time + ms, callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    async pass(ms) {
      const end = time + ms;
      while (time < end) {
        time = Math.min(end, time + 10_000, ...[...timers].map(({ at }) => Math.max(at, time)));
        for (const timer of timers) {
          if (timer.at > time) continue;
          timers.delete(timer);
          timer.callback();
        }
        service.wake();
        await idle();
      }
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
