import { setImmediate } from "node:timers/promises";
import type { Adapter, ClaimedJob, Prune, Pull, Schedules, Settlement, Traits, Wake } from "../src/adapter.ts";
import { type Logger, type Platform, defineJob } from "../src/index.ts";
import { z } from "zod";
import { minimalAdapter } from "./minimal-adapter.ts";

type BackendTraits = Traits & {
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly dependencies: true;
  readonly ordered: true;
};
type ScriptedBackend = Adapter<BackendTraits> &
  Pull &
  Wake &
  Prune &
  Schedules & {
    /** What the next claims answer; none once it is empty. */
    readonly claims: ClaimedJob[][];
    readonly settled: Settlement[];
    /** Schedules' occurrences that were advanced to. */
    readonly fired: number[];
  };

/** A backend whose claims are written down beforehand. A test replaces the verb that it is about. */
export function scriptedBackend(platform: Platform, replaced: Partial<Pull & Wake & Prune> = {}): ScriptedBackend {
  const claims: ClaimedJob[][] = [];
  const settled: Settlement[] = [];
  const fired: number[] = [];
  const start = platform.now();
  return {
    ...minimalAdapter(),
    claims,
    settled,
    fired,
    async settle(settlements) {
      settled.push(...settlements);
      return settlements.map(() => "accepted");
    },
    claim: async () => claims.shift() ?? [],
    dueInMs: async () => undefined,
    prune: async () => [],
    declare: async (declared) => ({
      now: platform.now(),
      rows: declared.map(() => ({ cursor: fired.at(-1) ?? start })),
    }),
    async advance(steps) {
      for (const { to, job } of steps) if (job !== undefined) fired.push(to);
      return steps.map(({ job }) => ({ status: "moved", job: job && { status: "created" } }));
    },
    ...replaced,
  };
}

export const task = defineJob("task", { input: z.object({}) });

export function claimed(id: string): ClaimedJob {
  return {
    id,
    name: "task",
    queue: "default",
    payload: "{}",
    headers: { v: "1" },
    priority: 5,
    token: 1,
    attempt: 1,
    stalled: false,
    ageMs: 0,
    waitedMs: 0,
  };
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

type ManualTime = {
  readonly platform: Platform;
  pass(ms: number): Promise<void>;
  /** Somebody sets the time of day, or the machine slept for so long. */
  jump(ms: number): void;
};

/** Time that only the test moves. */
export function manualTime(): ManualTime {
  let now = 1_000_000;
  let offset = 0;
  let ids = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    platform: {
      now: () => now + offset,
      // From another moment on than the time of day, so that nobody takes the one for the other.
      monotonic: () => now - 900_000,
      turn: () => Promise.resolve(),
      random: () => 0,
      id: () => `id-${ids++}`,
      timer(ms, callback) {
        const timer = { at: now + ms, callback };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
    jump(ms) {
      offset += ms;
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        // Everything that can go on without time goes on.
        await setImmediate();
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
  };
}
