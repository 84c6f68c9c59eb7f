import { createQueue, createWorker, defineJob, handle, systemPlatform } from "@longshore/core";
import type { LongshoreError } from "@longshore/core";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";

import { defaultRules, evaluate, metrics, prometheus, withHeartbeat } from "../src/index.ts";
import { BEGIN } from "./setting.ts";

/** However busy the machine is. */
const SOON = { timeout: 200_000 };

const SECOND = 1_000;
const lift = defineJob("lift", { input: z.object({}), queue: "quay" });
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A store that counts, and workers that make themselves known to it. */
function quay() {
  let now = BEGIN;
  const clock = (): number => now;
  const platform = { ...systemPlatform, now: clock, monotonic: clock };
  const adapter = memory({ clock, stats: statistics() });
  return {
    adapter,
    queue: createQueue(adapter, { platform }),
    pass(ms: number): void {
      now += ms;
    },
    known: (id: string) => withHeartbeat(adapter, { id, platform }),
    worker: (id: string, run: () => Promise<void> | void = () => {}) =>
      createWorker(withHeartbeat(adapter, { id, platform }), {
        platform,
        log: silent,
        queues: { quay: 3 },
        handlers: [handle(lift, run)],
      }),
    look: () => evaluate(adapter, { rules: defaultRules }),
  };
}

describe("a worker that makes itself known", () => {
  test("is alive from its first claim on, with its slots and what it holds", async () => {
    const { adapter, queue, worker } = quay();
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    await queue.enqueue(lift, {});
    const crane = worker("crane", () => finish);
    crane.start();
    await vi.waitUntil(async () => (await adapter.workers()).length > 0, SOON);
    const each = [{ id: "crane", slots: 3, busy: 1, alive: true, agoMs: 0 }];
    expect((await metrics(adapter)).workers).toEqual({ alive: 1, slots: 3, busy: 1, each });
    const text = prometheus(await metrics(adapter));
    expect(text).toContain("longshore_workers_alive 1\n");
    expect(text).toContain("longshore_workers_busy 1\n");
    resolve();
    await crane.stop();
  });

  test("is alive while it renews, though no slot is free for a claim, and is no longer busy with what it lost", async () => {
    const { adapter, queue, known, pass } = quay();
    await queue.enqueueMany([lift.with({}), lift.with({})]);
    const crane = known("crane");
    const jobs = await crane.claim({ queues: [{ name: "quay", limit: 2 }], leaseMs: 30 * SECOND });
    const [first, second] = jobs;
    if (first === undefined || second === undefined) throw new Error("two were enqueued");
    for (let renewed = 0; renewed < 12; renewed++) {
      pass(10 * SECOND);
      await crane.renew(jobs, 30 * SECOND);
    }
    expect(await adapter.workers()).toMatchObject([{ slots: 2, busy: 2, alive: true, agoMs: 0 }]);
    await crane.settle([{ id: first.id, token: first.token, outcome: { type: "complete" } }]);
    await queue.cancel(second.id);
    pass(10 * SECOND);
    await crane.renew([second], 30 * SECOND);
    expect(await adapter.workers()).toMatchObject([{ slots: 2, busy: 0, alive: true }]);
  });

  test("tells the store six times a minute, however often it claims", async () => {
    const { adapter, known, pass } = quay();
    const announce = vi.spyOn(adapter, "announce");
    const crane = known("crane");
    for (let claimed = 0; claimed < 120; claimed++) {
      await crane.claim({ queues: [{ name: "quay", limit: 2 }], leaseMs: 30 * SECOND });
      pass(SECOND / 2);
    }
    expect(announce).toHaveBeenCalledTimes(6);
  });

  test("works on where the store does not hear of it", async () => {
    const { adapter, queue, worker } = quay();
    vi.spyOn(adapter, "announce").mockRejectedValue(new Error("the store is away"));
    await queue.enqueue(lift, {});
    expect(await worker("crane").drain()).toMatchObject({ completed: 1 });
  });

  test("has an id that can be told", () => {
    const { adapter } = quay();
    const refused = (options: Parameters<typeof withHeartbeat>[1]): unknown => {
      try {
        withHeartbeat(adapter, options);
      } catch (error) {
        return (error as LongshoreError).code; // as documented
      }
      return "taken";
    };
    expect(refused({ id: "host-7.example:2" })).toBe("taken");
    expect(refused({})).toBe("taken");
    expect(refused({ id: "a b" })).toBe("invalid_name");
    expect(refused({ id: "" })).toBe("invalid_name");
    expect(refused({ for: 10 })).toBe("invalid_duration");
    expect(refused({ for: Number.NaN })).toBe("invalid_duration");
  });
});

describe("the rule about missing workers", () => {
  test("fires a minute after the last sign of life of the only worker, and resolves when one is back", async () => {
    const { worker, pass, look } = quay();
    expect(await look()).toEqual([]);
    await worker("crane").drain();
    pass(59 * SECOND);
    expect(await look()).toEqual([]);
    pass(SECOND);
    expect(await look()).toMatchObject([{ rule: "fewWorkers", severity: "critical", state: "firing", value: 1 }]);
    pass(30 * SECOND);
    await worker("another").drain();
    expect(await look()).toMatchObject([{ rule: "fewWorkers", state: "resolved", value: 0 }]);
  });

  test("counts those that are fewer than expected", async () => {
    const { adapter, worker, pass } = quay();
    const rules = { fewWorkers: { ...defaultRules.fewWorkers, expected: 3 } };
    await evaluate(adapter, { rules });
    pass(SECOND);
    await worker("one").drain();
    await worker("two").drain();
    expect(await evaluate(adapter, { rules })).toMatchObject([{ value: 1, threshold: 0 }]);
  });

  test("is silent where no worker ever made itself known: an alarm or a delivery has no number", async () => {
    const { adapter, queue, pass, look } = quay();
    await queue.enqueue(lift, {});
    await createWorker(adapter, { log: silent, handlers: [handle(lift, () => {})] }).drain();
    for (let minute = 0; minute < 10; minute++) {
      expect(await look()).toEqual([]);
      pass(60 * SECOND);
    }
  });
});
