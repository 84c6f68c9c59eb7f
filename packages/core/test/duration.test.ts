import { describe, expect, it } from "vitest";
import { type Duration, toMs } from "../src/values/duration.ts";
import { LongshoreError } from "../src/values/errors.ts";

/** What a caller without types can pass. */
const untyped = (value: unknown): number => toMs(value as Duration);

describe("toMs", () => {
  it.each<[Duration, number]>([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["7d", 604_800_000],
    ["1d12h", 129_600_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["1m500ms", 60_500],
    ["90m", 5_400_000],
    ["0s", 0],
    ["36525d", 3_155_760_000_000],
    [0, 0],
    [1_500, 1_500],
    // What comes from arithmetic is rounded up.
    [166.67, 167],
    [0.000_1, 1],
    [3_155_760_000_000, 3_155_760_000_000],
  ])("reads %j as %d ms", (duration, ms) => {
    expect(toMs(duration)).toBe(ms);
  });

  it("answers 0 for -0", () => {
    expect(Object.is(toMs(-0), 0)).toBe(true);
  });

  it.each([
    "",
    " ",
    "abc",
    "5 minutes",
    "5 m",
    " 5m",
    "5m ",
    "5m\n",
    "-5s",
    "+5s",
    "1.5h",
    "1e3s",
    "0x10s",
    "5",
    "s",
    "ms",
    "5S",
    "5w",
    "5y",
    "30m1h",
    "1s1s",
    "1m1m",
    "1ms1s",
    "1h 30m",
    "٣s",
    "Infinitys",
    "36525d1ms",
    "99999999999999999999d",
    "9".repeat(400) + "ms",
    "0".repeat(10_000_000) + "s",
  ])("refuses %.20j", (text) => {
    expect(() => untyped(text)).toThrow(expect.objectContaining({ code: "invalid_duration" }));
  });

  it.each([
    Number.NaN,
    Infinity,
    -Infinity,
    -1,
    -1.5,
    3_155_760_000_001,
    2 ** 53,
    null,
    undefined,
    true,
    10n,
    Symbol("5s"),
    {},
    [],
    ["5s"],
    new Date(0),
    new String("5s"),
    { valueOf: () => 5, toString: () => "5s" },
    Object.create(null),
    () => 5,
  ])("refuses values that are no duration (%#)", (value) => {
    expect(() => untyped(value)).toThrow(LongshoreError);
    expect(() => untyped(value)).toThrow(expect.objectContaining({ code: "invalid_duration" }));
  });

  it("says what was expected, what came, and what to do", () => {
    expect(() => toMs("30" as Duration, "timeout")).toThrow(/timeout must be whole .*"1h30m".* 100 years; got "30"/);
    expect(() => toMs(-1.5, "delay")).toThrow(/delay must be .*; got -1/);
    expect(() => untyped(null)).toThrow(/duration must be .*; got /);
  });

  it("keeps its message short, whatever came", () => {
    const message = (value: unknown): string => {
      try {
        return String(untyped(value));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message("x".repeat(1_000_000)).length).toBeLessThan(300);
    expect(message(Symbol("x".repeat(1_000))).length).toBeLessThan(300);
  });
});

describe("the type of durations", () => {
  it("takes what can be read", () => {
    const good: readonly Duration[] = [0, 250, "30s", "5m", "1h30m", "250ms", "7d", "1d12h", "1h30m15s", "1d2h3m4s5ms"];
    expect(good.every((duration) => toMs(duration) >= 0)).toBe(true);
  });

  it("refuses most of what cannot be read, at compile time", () => {
    const bad: readonly Duration[] = [
      // @ts-expect-error a unit is one of d, h, m, s, ms
      "5 minutes",
      // @ts-expect-error no number
      "abc",
      // @ts-expect-error empty
      "",
      // @ts-expect-error no unit
      "5",
      // @ts-expect-error a unit alone
      "ms",
      // @ts-expect-error smaller units follow larger ones
      "30m1h",
      // @ts-expect-error each unit once
      "1s1s",
      // @ts-expect-error whole numbers
      "1.5h",
      // @ts-expect-error no spaces
      "5 m",
      // @ts-expect-error no weeks
      "1w",
      // @ts-expect-error not a number as text
      "1e3s",
      // @ts-expect-error a Date is no duration
      new Date(0),
      // @ts-expect-error nothing is no duration
      undefined,
    ];
    for (const duration of bad) expect(() => toMs(duration)).toThrow(LongshoreError);
    const text: string = "5m";
    // @ts-expect-error any text might be none
    expect(toMs(text)).toBe(300_000);
  });
});
