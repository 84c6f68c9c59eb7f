import { describe, expect, it } from "vitest";
import {
  type RetryOptions,
  type RetryPolicy,
  custom,
  defaultRetry,
  exponential,
  fixed,
  linear,
  nextDelay,
} from "../src/retry/backoff.ts";
import type { Duration } from "../src/values/duration.ts";
import { LongshoreError } from "../src/values/errors.ts";

const MINUTE = 60_000;
const ALMOST_ONE = 1 - 2 ** -53;

/** The same numbers on each run, spread over [0, 1): mulberry32 (public domain, Tommy Ettinger). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ladder = (policy: RetryPolicy, random: number, steps = 5): number[] =>
  Array.from({ length: steps }, (_, i) => policy.delayMs(i + 1, random));

describe("the default ladder", () => {
  it("is at once, 30 s, 2 min, 8 min, 30 min: five attempts", () => {
    expect(defaultRetry.attempts).toBe(5);
    expect(ladder(defaultRetry, 0, 4)).toEqual([30_000, 2 * MINUTE, 8 * MINUTE, 30 * MINUTE]);
  });

  it("adds up to 20 %", () => {
    expect(ladder(defaultRetry, 0.5, 4)).toEqual([33_000, 2.2 * MINUTE, 8.8 * MINUTE, 33 * MINUTE]);
    expect(ladder(defaultRetry, ALMOST_ONE, 4)).toEqual([36_000, 2.4 * MINUTE, 9.6 * MINUTE, 36 * MINUTE]);
  });
});

describe("the factories", () => {
  it("grow by a factor", () => {
    const policy = exponential({ first: "1s", factor: 2, max: "1m", jitter: 0 });
    expect(ladder(policy, 0.9, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("grow by a step, which is the first delay unless said otherwise", () => {
    expect(ladder(linear({ first: "10s", jitter: 0 }), 0.9)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000]);
    expect(ladder(linear({ first: "10s", step: "1s", max: "12s", jitter: 0 }), 0.9)).toEqual([
      10_000, 11_000, 12_000, 12_000, 12_000,
    ]);
  });

  it("stay fixed, without jitter unless told", () => {
    expect(ladder(fixed({ delay: "5s" }), ALMOST_ONE)).toEqual([5_000, 5_000, 5_000, 5_000, 5_000]);
    expect(ladder(fixed({ delay: "5s", jitter: 0.5 }), 0.5)).toEqual([6_250, 6_250, 6_250, 6_250, 6_250]);
  });

  it("follow a function of the attempt", () => {
    const delays: readonly Duration[] = ["1s", "1m", 5, "1h", 0];
    expect(ladder(custom({ delay: (attempt) => delays[attempt - 1] ?? "1d" }), ALMOST_ONE, 6)).toEqual([
      1_000, 60_000, 5, 3_600_000, 0, 86_400_000,
    ]);
  });

  it("carry attempts, maxElapsed and onError", () => {
    const onError = (): "dead" => "dead";
    const policies = [exponential, linear].map((make) => make({ attempts: 9, maxElapsed: "1h", onError }));
    const rest: RetryOptions = { attempts: 9, maxElapsed: "1h", onError };
    for (const policy of [...policies, fixed({ delay: 1, ...rest }), custom({ delay: () => 1, ...rest })]) {
      expect(policy).toMatchObject({ attempts: 9, maxElapsedMs: 3_600_000, onError });
    }
  });
});

describe("every delay", () => {
  const limits: readonly (readonly [string, RetryPolicy, number])[] = [
    ["the default", defaultRetry, 36 * MINUTE],
    ["no jitter", exponential({ jitter: 0 }), 36 * MINUTE],
    ["full jitter", exponential({ jitter: 1 }), 36 * MINUTE],
    ["a huge factor", exponential({ factor: Number.MAX_VALUE }), 36 * MINUTE],
    ["a factor of 1", exponential({ factor: 1 }), 36 * MINUTE],
    ["nothing to grow", exponential({ first: 0 }), 0],
    ["an odd maximum", exponential({ first: 1, max: 7, jitter: 0.3 }), 7],
    ["a maximum of 0", exponential({ first: 0, max: 0 }), 0],
    ["a century", exponential({ first: "36525d", max: "36525d", jitter: 0.9 }), 36_525 * 86_400_000],
    ["linear", linear({ first: "1m", max: "1h" }), 60 * MINUTE],
    ["linear from 0 by a century", linear({ first: 0, step: "36525d", max: "36525d" }), 36_525 * 86_400_000],
    ["linear that stands still", linear({ first: "1s", step: 0 }), 1_200],
    ["fixed", fixed({ delay: "1m" }), MINUTE],
    ["fixed with jitter", fixed({ delay: "1m", jitter: 0.1 }), 66_000],
    ["custom", custom({ delay: (attempt) => attempt ** 3, max: "1h", jitter: 0.2 }), 60 * MINUTE],
  ];

  it.each(limits)(
    "F26: is whole, not negative and within the maximum up to the millionth attempt: %s",
    (_, policy, max) => {
      const random = seeded(1);
      let least = Infinity;
      let most = 0;
      let whole = true;
      for (let attempt = 1; attempt <= 1_000_000; attempt++) {
        const delay = policy.delayMs(attempt, attempt % 3 === 0 ? ALMOST_ONE : random());
        whole &&= Number.isInteger(delay);
        if (delay < least) least = delay;
        if (delay > most) most = delay;
      }
      expect(whole).toBe(true);
      expect(least).toBeGreaterThanOrEqual(0);
      expect(most).toBeLessThanOrEqual(max);
    },
  );

  it.each([
    ["not a number", Number.NaN, 30_000],
    ["infinite", Infinity, 3_600_000],
    ["negative", -5, 0],
    ["infinitely negative", -Infinity, 0],
    ["no whole number", 1_500.4, 1_501],
    ["too long", 1e300, 3_600_000],
    ["no duration", "soon", 30_000],
    ["a duration that is too long", "2h", 3_600_000],
    ["nothing", undefined, 30_000],
    ["null", null, 30_000],
    ["a big integer", 5n, 30_000],
    ["an object", {}, 30_000],
    ["a promise", Promise.resolve(5), 30_000],
  ])("is mended when a custom function answers %s", (_, answer, expected) => {
    const policy = custom({ delay: () => answer as Duration, max: "1h" });
    expect(policy.delayMs(1, 0.5)).toBe(expected);
  });

  it("is mended when a custom function throws", () => {
    const delay = (): never => {
      throw new Error("no idea");
    };
    expect(custom({ delay }).delayMs(1, 0.5)).toBe(30_000);
    expect(custom({ delay, max: "5s" }).delayMs(1, 0.5)).toBe(5_000);
  });
});

describe("jitter", () => {
  it("spreads 10 000 jobs that failed in one second evenly over the window, also at the maximum", () => {
    for (const attempt of [1, 4, 1_000]) {
      const random = seeded(attempt);
      const base = defaultRetry.delayMs(attempt, 0);
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let job = 0; job < 10_000; job++) {
        const tenth = Math.floor(((defaultRetry.delayMs(attempt, random()) - base) / (base * 0.2)) * 10);
        tenths[Math.min(tenth, 9)] = (tenths[Math.min(tenth, 9)] ?? 0) + 1;
      }
      // 1 000 each if even; 4 standard deviations are 120.
      for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(120);
    }
  });
});

describe("options", () => {
  it.each([
    ["no attempts", () => exponential({ attempts: 0 })],
    ["half an attempt", () => exponential({ attempts: 1.5 })],
    ["more than a million attempts", () => exponential({ attempts: 1_000_001 })],
    ["endless attempts", () => exponential({ attempts: Infinity })],
    ["attempts as text", () => exponential({ attempts: "5" as never })],
    ["a factor below 1", () => exponential({ factor: 0.5 })],
    ["an infinite factor", () => exponential({ factor: Infinity })],
    ["a factor that is no number", () => exponential({ factor: Number.NaN })],
    ["negative jitter", () => exponential({ jitter: -0.1 })],
    ["jitter above 1", () => exponential({ jitter: 1.1 })],
    ["jitter as text", () => exponential({ jitter: "0.2" as never })],
    ["jitter that is no number", () => fixed({ delay: 1, jitter: Number.NaN })],
    ["a maximum below the first delay", () => exponential({ first: "1h", max: "1m" })],
    ["a first delay that is no duration", () => exponential({ first: "soon" as never })],
    ["a negative step", () => linear({ step: -1 })],
    ["a maximum that is no duration", () => custom({ delay: () => 1, max: "never" as never })],
    ["an elapsed time that is no duration", () => exponential({ maxElapsed: Number.NaN })],
    ["a fixed delay that is missing", () => fixed({} as never)],
    ["a custom delay that is no function", () => custom({ delay: "5s" as never })],
    ["an onError that is no function", () => exponential({ onError: "retry" as never })],
  ])("refuses %s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid_retry" }));
  });

  it("says what was expected and what came", () => {
    expect(() => exponential({ attempts: 0 })).toThrow(
      "The attempts of exponential must be a whole number from 1 to 1000000; got 0.",
    );
    expect(() => exponential({ first: "soon" as never })).toThrow(/first of exponential must be .*; got "soon"/);
  });

  it("are checked by the type system where it can", () => {
    // @ts-expect-error a fixed delay is needed
    expect(() => fixed({ attempts: 3 })).toThrow(LongshoreError);
    // @ts-expect-error no such unit
    expect(() => exponential({ first: "5 minutes" })).toThrow(LongshoreError);
    // @ts-expect-error no such verdict
    expect(exponential({ onError: () => "later" }).attempts).toBe(5);
  });
});

type Failed = { readonly attempt: number; readonly ageMs: number; readonly random: number; readonly error: unknown };

function delayAfter(policy: RetryPolicy, { error, attempt, ageMs, random }: Failed): number | undefined {
  return nextDelay(policy, error, { attempt, ageMs }, random);
}

describe("the next delay", () => {
  const failed = { attempt: 1, ageMs: 0, random: 0, error: new Error("down") };
  const policy = exponential({ first: "10s", jitter: 0 });

  it("retries by the policy until the attempts are used up", () => {
    expect(delayAfter(policy, failed)).toEqual(10_000);
    expect(delayAfter(policy, { ...failed, attempt: 4 })).toEqual(640_000);
    expect(delayAfter(policy, { ...failed, attempt: 5 })).toBeUndefined();
    expect(delayAfter(policy, { ...failed, attempt: 6 })).toBeUndefined();
    expect(delayAfter(exponential({ attempts: 1 }), failed)).toBeUndefined();
  });

  it("gives up at once what cannot be retried, whatever onError says", () => {
    const error = new LongshoreError("non_retryable", "no such user");
    expect(delayAfter(policy, { ...failed, error })).toBeUndefined();
    const stubborn = exponential({ onError: () => "retry" });
    expect(delayAfter(stubborn, { ...failed, error })).toBeUndefined();
  });

  it("waits exactly as long as the error says, without jitter and past the policy's maximum", () => {
    const error = new LongshoreError("retry_after", "429", { delayMs: 7_200_000 });
    expect(delayAfter(defaultRetry, { ...failed, random: 0.9, error })).toEqual(7_200_000);
    expect(delayAfter(defaultRetry, { ...failed, attempt: 5, error })).toBeUndefined();
  });

  it.each([
    [-250, 0],
    [1_234.5, 1_235],
  ])("takes %d ms, which came from arithmetic, for %d", (delayMs, expected) => {
    const error = new LongshoreError("retry_after", "429", { delayMs });
    expect(delayAfter(policy, { ...failed, error })).toEqual(expected);
    const late = exponential({ onError: () => ({ after: delayMs }) });
    expect(delayAfter(late, { ...failed })).toEqual(expected);
  });

  it.each([Number.NaN, Infinity])("follows the policy when the error asks for %d ms", (delayMs) => {
    const error = new LongshoreError("retry_after", "429", { delayMs });
    expect(delayAfter(policy, { ...failed, error })).toEqual(10_000);
  });

  it("follows the policy when the error asks for a time and names none", () => {
    expect(delayAfter(policy, { ...failed, error: new LongshoreError("retry_after", "429") })).toEqual(10_000);
  });

  it("asks onError with the error, the attempt and the age", () => {
    const asked: unknown[] = [];
    const asking = exponential({
      onError: (...args) => {
        asked.push(args);
        return undefined;
      },
    });
    delayAfter(asking, { ...failed, attempt: 3, ageMs: 77 });
    expect(asked).toEqual([[failed.error, { attempt: 3, ageMs: 77 }]]);
  });

  it.each([
    ["retry", "retry", 10_000],
    ["dead", "dead", undefined],
    ["so much later", { after: "2m" }, 120_000],
    ["at once", { after: 0 }, 0],
    ["nothing", undefined, 10_000],
    ["nonsense", "later", 10_000],
    ["null", null, 10_000],
    ["an impossible time", { after: "later" }, 10_000],
    ["an empty object", {}, 10_000],
    ["a promise", Promise.resolve("dead"), 10_000],
  ])("obeys onError: %s", (_, verdict, decision) => {
    const onError = (): never => verdict as never;
    expect(delayAfter(exponential({ first: "10s", jitter: 0, onError }), failed)).toEqual(decision);
  });

  it("follows the policy when onError throws", () => {
    const onError = (): never => {
      throw new Error("broken");
    };
    expect(delayAfter(exponential({ first: "10s", jitter: 0, onError }), failed)).toEqual(10_000);
  });

  it("lets no verdict exceed the attempts", () => {
    const onError = (): { after: Duration } => ({ after: 1 });
    expect(delayAfter(exponential({ onError }), { ...failed, attempt: 5 })).toBeUndefined();
  });

  it("gives up when the next attempt would begin after the maximum elapsed time", () => {
    const hurried = exponential({ first: "10s", jitter: 0, maxElapsed: "1m" });
    expect(delayAfter(hurried, { ...failed, ageMs: 50_000 })).toEqual(10_000);
    expect(delayAfter(hurried, { ...failed, ageMs: 50_001 })).toBeUndefined();
    const error = new LongshoreError("retry_after", "429", { delayMs: 61_000 });
    expect(delayAfter(hurried, { ...failed, error })).toBeUndefined();
  });

  it.each([
    ["null", null],
    ["undefined", undefined],
    ["a text", "boom"],
    ["a symbol", Symbol("boom")],
    [
      "a Proxy that throws at every touch",
      new Proxy(new Error("boom"), {
        get: () => {
          throw new Error("get");
        },
        getPrototypeOf: () => {
          throw new Error("getPrototypeOf");
        },
      }),
    ],
    [
      "an error of ours whose code throws",
      Object.create(LongshoreError.prototype, {
        code: {
          get: () => {
            throw new Error("code");
          },
        },
      }),
    ],
  ])("takes whatever was thrown: %s", (_, error) => {
    expect(delayAfter(policy, { ...failed, error })).toEqual(10_000);
  });

  it.each([
    ["answers NaN", () => Number.NaN],
    ["answers nothing", () => undefined as never],
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
  ])("waits 30 s when a policy made by hand %s", (_, delayMs) => {
    expect(delayAfter({ attempts: 3, delayMs }, failed)).toEqual(30_000);
  });

  it("is pure: the same failure is decided the same way again", () => {
    const again = { attempt: 2, ageMs: 5, random: 0.3, error: new Error("down") };
    expect(delayAfter(defaultRetry, again)).toEqual(delayAfter(defaultRetry, again));
  });
});

it("is the exponential policy, written out", () => {
  for (let attempt = 1; attempt <= 10; attempt++) {
    for (const random of [0, 0.3, 0.999_999]) {
      expect(defaultRetry.delayMs(attempt, random)).toBe(exponential().delayMs(attempt, random));
    }
  }
  expect(defaultRetry.attempts).toBe(exponential().attempts);
});
