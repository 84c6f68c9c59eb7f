import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Statistics, readStats, statistics } from "../src/stats/index.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const WINDOWS = ["minute", "hour", "day"] as const;

type Step = { readonly waitMs: number; readonly queue: string; readonly ranMs: number; readonly type: string };
const steps = fc.array(
  fc.record({
    waitMs: fc.constantFrom(0, 7, SECOND, 11 * SECOND, 70 * SECOND, 3_700 * SECOND),
    queue: fc.constantFrom("a", "b"),
    ranMs: fc.integer({ min: 0, max: 90_000 }),
    type: fc.constantFrom("enqueued", "complete", "retry", "dead", "snooze"),
  }),
  { minLength: 1, maxLength: 60 },
);

function take(stats: Statistics, { queue, ranMs, type }: Step, now: number): void {
  if (type === "enqueued") return stats.enqueued({ queue }, now);
  const outcome = type as "complete"; // or another of the outcomes above
  stats.settled({ queue, name: `${queue}-job` }, { outcome, attempt: 1, waitedMs: ranMs / 2, ranMs }, now);
}

/** As storage keeps it. */
const stored = (packed: unknown): unknown => JSON.parse(JSON.stringify(packed));

describe("statistics", () => {
  test("that are packed and read back at any moment, whole or with what came since, tell the same", () => {
    fc.assert(
      fc.property(steps, fc.nat(60), fc.nat(60), (history, packedAt, readAt) => {
        let now = NOON;
        const straight = statistics();
        let kept = statistics();
        let all: unknown;
        history.forEach((step, i) => {
          now += step.waitMs;
          take(straight, step, now);
          take(kept, step, now);
          if (i === packedAt) all = stored(kept.packAll());
          if (i !== readAt) return;
          const fresh = stored(kept.packFresh());
          kept = statistics();
          kept.unpack(all, fresh);
        });
        for (const window of WINDOWS) expect(kept.read(window, now)).toEqual(straight.read(window, now));
        expect(all === undefined ? kept.fresh() : straight.fresh()).toBe(straight.fresh());
      }),
    );
  });

  test("that were packed as a whole do not count again what was packed before it", () => {
    const stats = statistics();
    stats.enqueued({ queue: "a" }, NOON);
    const fresh = stored(stats.packFresh());
    const all = stored(stats.packAll());
    const again = statistics();
    again.unpack(all, fresh);
    expect(again.read("hour", NOON).queues).toEqual([{ queue: "a", enqueued: 1, completed: 0, failed: 0, dead: 0 }]);
  });

  test("of several shards add up, over the longest time that one covers, with the oldest job of all", async () => {
    const [first, second] = [statistics(), statistics()];
    first.enqueued({ queue: "a" }, NOON);
    second.enqueued({ queue: "a" }, NOON + 60 * SECOND);
    const now = NOON + 90 * SECOND;
    const part = (stats: Statistics, waitedMs: number) => ({
      ...stats.read("hour", now),
      oldest: [{ queue: "a", waitedMs }],
    });
    const shards = [part(first, 90 * SECOND), part(second, 30 * SECOND)];
    for (const parts of [shards, shards.toReversed()]) {
      const { coversMs, queues } = await readStats({ stats: async () => parts }, { window: "hour" });
      expect(coversMs).toBe(90 * SECOND);
      expect(queues).toMatchObject([{ queue: "a", enqueued: 2, oldestMs: 90 * SECOND }]);
    }
  });

  test("of a year take no more memory than those of a day", () => {
    const stats = statistics();
    let now = NOON;
    for (; now < NOON + 365 * DAY; now += 3_600 * SECOND) {
      take(stats, { queue: "a", type: "complete", ranMs: (now / 7) % 60_000, waitMs: 0 }, now);
    }
    expect(stats.read("day", now - 1).queues).toMatchObject([{ completed: 24 }]);
    const [, , fresh] = stats.packFresh() as [number, number, unknown[]]; // as packed
    expect(fresh.length).toBeLessThanOrEqual(250);
    const [, , minute, hour, day] = stats.packAll() as [number, number, ...unknown[][]]; // as packed
    expect([minute?.length, hour?.length, day?.length]).toEqual([1, 1, 24]);
  });
});
