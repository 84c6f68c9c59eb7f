import { createQueue, createWorker, defineJob, fixed, handle, nonRetryable, systemPlatform } from "@longshore/core";
import type { JobState } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { z } from "zod";

import { type Alert, type AlertRules, type AlertStore, alertJob, evaluate } from "../src/index.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Not at the border of a window's slot, so that nothing leaves a window by chance. */
export const BEGIN: number = Date.UTC(2026, 0, 5, 12, 2);

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** What a job does: how long it takes, and how it ends. */
const work = z.object({ ms: z.number(), end: z.enum(["well", "dead", "again"]) });
const load = defineJob("load", { input: work, queue: "quay", retry: fixed({ attempts: 3, delay: "1s" }) });
export const crane = defineJob("crane", { input: work, queue: "yard" });
export type Work = z.infer<typeof work>;

/** A memory store that counts, on a clock that the test moves, with somebody who works in it. */
export function setting() {
  let now = BEGIN;
  const clock = (): number => now;
  const platform = { ...systemPlatform, now: clock, monotonic: clock };
  const adapter = memory({ clock, stats: statistics() });
  const queue = createQueue(adapter, { platform });
  const run = ({ ms, end }: Work): void => {
    now += ms;
    if (end === "dead") throw nonRetryable("sunk");
    if (end === "again") throw new Error("again");
  };
  const worker = createWorker(adapter, {
    platform,
    log: silent,
    // One after the other, so that a job takes as long as it says.
    queues: { quay: 1, yard: 1 },
    handlers: [handle(load, run), handle(crane, run)],
  });
  return {
    adapter,
    queue,
    platform,
    clock,
    /** Moves time on, in ms. */
    pass(ms: number): void {
      now += ms;
    },
    async put(jobs: number, input: Work = { ms: 0, end: "well" }, definition = load): Promise<void> {
      if (jobs > 0) await queue.enqueueMany(Array.from({ length: jobs }, () => definition.with(input)));
    },
    work: () => worker.drain(),
    /** Every alert that the store holds, in the order of their making. */
    async alerts(): Promise<Alert[]> {
      const { jobs } = await queue.list({ queue: alertJob.queue, limit: 1_000 });
      return jobs.map(({ input }) => input as Alert); // only alerts are in their queue
    },
  };
}

export type Setting = ReturnType<typeof setting>;

/** Looks each minute, and answers at which minutes which rules fired (`+`) and resolved (`-`). */
export async function watch(
  { adapter, pass, clock }: Setting,
  rules: AlertRules,
  minutes: number,
  each: (minute: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const told: string[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    await each(minute);
    const at = clock();
    const alerts = await evaluate(adapter, { rules });
    told.push(...alerts.map(({ rule, state }) => `${minute} ${state === "firing" ? "+" : "-"}${rule}`));
    pass(Math.max(0, at + MINUTE - clock()));
  }
  return told;
}

/** The same adapter with some of its methods replaced. */
export function patched(adapter: AlertStore, methods: Partial<AlertStore>): AlertStore {
  return { ...adapter, ...methods };
}

/** The same adapter, which counts the states that it is asked for and no others; with what it was asked for. */
export function strict(adapter: AlertStore): { readonly adapter: AlertStore; readonly asked: (readonly JobState[])[] } {
  const asked: (readonly JobState[])[] = [];
  const counts: AlertStore["counts"] = async (states = []) => {
    asked.push(states);
    return (await adapter.counts()).map((queue) => ({
      ...queue,
      counts: Object.fromEntries(states.map((state) => [state, queue.counts[state] ?? 0])),
    }));
  };
  return { adapter: patched(adapter, { counts }), asked };
}
