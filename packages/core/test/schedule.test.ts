import { describe, expect, it } from "vitest";
import type { Duration } from "../src/values/duration.ts";
import { type MissedPolicy, type Rule, checkMissedPolicy, every, missed } from "../src/schedules/rule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const NOON = Date.UTC(2026, 5, 1, 12);

/** A rule that counts how often it is asked. */
function counted(rule: Rule): Rule & { readonly calls: () => number } {
  let calls = 0;
  return {
    text: rule.text,
    calls: () => calls,
    next: (after) => (calls++, rule.next(after)),
    latest: (after, until) => (calls++, rule.latest(after, until)),
  };
}

describe("every", () => {
  it("counts from the Unix epoch, so that all instances agree", () => {
    expect(every("1h").next(NOON)).toBe(NOON + HOUR);
    expect(every("1h").next(NOON - 1)).toBe(NOON);
    expect(every("1h").next(NOON + 1)).toBe(NOON + HOUR);
    expect(every("1d").next(NOON)).toBe(Date.UTC(2026, 5, 2));
    expect(every("7d").next(0)).toBe(Date.UTC(1970, 0, 8));
    expect(every("7s").next(0)).toBe(7_000);
  });

  it("finds the latest occurrence after one instant and not after another", () => {
    const rule = every("1h");
    expect(rule.latest(NOON - HOUR, NOON)).toBe(NOON);
    expect(rule.latest(NOON, NOON)).toBeUndefined();
    expect(rule.latest(NOON, NOON + HOUR - 1)).toBeUndefined();
    expect(rule.latest(NOON, NOON + 5 * HOUR + 1)).toBe(NOON + 5 * HOUR);
    expect(rule.latest(NOON + HOUR, NOON)).toBeUndefined();
  });

  it("works before the epoch too", () => {
    expect(every("1h").next(-1)).toBe(0);
    expect(every("1h").latest(-2 * HOUR, -1)).toBe(-HOUR);
  });

  it("agrees with itself: the latest is where the next one lands", () => {
    for (const period of [1_000, 7_000, 90_061, "1h30m", "36525d"] satisfies Duration[]) {
      const rule = every(period);
      for (const after of [0, 1, 999, NOON, NOON + 1]) {
        const next = rule.next(after) ?? 0;
        expect(next).toBeGreaterThan(after);
        expect(rule.latest(after, next)).toBe(next);
        expect(rule.latest(after, next - 1)).toBeUndefined();
      }
    }
  });

  it("tells what it is", () => {
    expect(every("1h30m").text).toBe("every 1h30m");
    expect(every(90_000).text).toBe("every 90000ms");
    // From arithmetic: rounded up.
    expect(every(1_000.5).text).toBe("every 1001ms");
  });

  it.each([0, 999, "999ms", -1, Number.NaN, Infinity, "soon", "", null, undefined, {}])(
    "refuses a period of %j",
    (period) => {
      expect(() => every(period as Duration)).toThrow(expect.objectContaining({ code: "invalid_schedule" }));
    },
  );
});

describe("missed", () => {
  const minutely = every("1m");

  it("fires what has just become due, under every policy", () => {
    for (const policy of ["latest", "skip", { all: 5 }] satisfies MissedPolicy[]) {
      expect(missed(minutely, policy, NOON, NOON + MINUTE)).toEqual([NOON + MINUTE]);
      expect(missed(minutely, policy, NOON, NOON + MINUTE - 1)).toEqual([]);
      expect(missed(minutely, policy, NOON, NOON)).toEqual([]);
    }
  });

  it("fires nothing when the clock went back", () => {
    for (const policy of ["latest", "skip", { all: 5 }] satisfies MissedPolicy[]) {
      expect(missed(minutely, policy, NOON, NOON - 3 * HOUR)).toEqual([]);
    }
  });

  it("catches up by one run of the latest occurrence after three hours down", () => {
    expect(missed(minutely, "latest", NOON, NOON + 3 * HOUR + 10)).toEqual([NOON + 3 * HOUR]);
  });

  it("catches up by all, at most so many of the latest, in their order", () => {
    const now = NOON + 3 * HOUR + 10;
    expect(missed(minutely, { all: 3 }, NOON, now)).toEqual([now - 10 - 2 * MINUTE, now - 10 - MINUTE, now - 10]);
    expect(missed(minutely, { all: 1 }, NOON, now)).toEqual([now - 10]);
    const all = missed(minutely, { all: 1_000 }, NOON, now);
    expect(all).toHaveLength(180);
    expect(all[0]).toBe(NOON + MINUTE);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(new Set(all).size).toBe(180);
  });

  it("skips all but what is at most a minute old", () => {
    const hourly = every("1h");
    expect(missed(hourly, "skip", NOON, NOON + 3 * HOUR)).toEqual([NOON + 3 * HOUR]);
    expect(missed(hourly, "skip", NOON, NOON + 3 * HOUR + MINUTE)).toEqual([NOON + 3 * HOUR]);
    expect(missed(hourly, "skip", NOON, NOON + 3 * HOUR + MINUTE + 1)).toEqual([]);
    expect(missed(every("1s"), "skip", NOON, NOON + 30_500)).toEqual([NOON + 30_000]);
  });

  it("is cheap after a year: a rule of each second is asked once, or once for each run", () => {
    const latest = counted(every("1s"));
    expect(missed(latest, "latest", NOON, NOON + YEAR)).toEqual([NOON + YEAR]);
    expect(latest.calls()).toBe(1);
    const all = counted(every("1s"));
    expect(missed(all, { all: 1_000_000 }, NOON, NOON + YEAR)).toHaveLength(1_000);
    expect(all.calls()).toBeLessThanOrEqual(1_001);
  });
});

describe("checkMissedPolicy", () => {
  it("takes the three policies", () => {
    for (const policy of ["latest", "skip", { all: 1 }, { all: 1_000 }] satisfies MissedPolicy[]) {
      expect(() => checkMissedPolicy(policy)).not.toThrow();
    }
  });

  it.each([
    "all",
    "",
    null,
    undefined,
    5,
    {},
    { all: 0 },
    { all: 1.5 },
    { all: 1_001 },
    { all: "5" },
    { all: Infinity },
  ])("refuses %j", (policy) => {
    expect(() => checkMissedPolicy(policy as MissedPolicy)).toThrow(
      expect.objectContaining({ code: "invalid_schedule" }),
    );
  });
});
