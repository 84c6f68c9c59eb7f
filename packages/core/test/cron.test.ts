import { afterEach, describe, expect, it, vi } from "vitest";
import { type CronOptions, cron } from "../src/schedules/cron.ts";
import type { Rule } from "../src/schedules/rule.ts";
import { missed } from "../src/schedules/rule.ts";
import { oracle } from "./cron-oracle.ts";
import { rows } from "./cron-table.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const iso = (at: number | undefined): string | undefined => (at === undefined ? at : new Date(at).toISOString());
const from2025 = Date.parse("2025-01-01T00:00Z");

/** The first occurrences after an instant, as texts. */
function first(rule: Rule, count: number, from = from2025): readonly (string | undefined)[] {
  let at = from;
  return Array.from({ length: count }, () => {
    at = rule.next(at) ?? Number.NaN;
    return iso(at)?.replace(":00.000Z", "");
  });
}

/** The same numbers on each run, in [0, 1): mulberry32 (public domain, Tommy Ettinger). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the table, which no change of the library changes unnoticed (F51),", () => {
  it("has rows enough for each of its zones", () => {
    expect(rows.length).toBeGreaterThanOrEqual(200);
    const zones = [
      "America/New_York",
      "Europe/Berlin",
      "Europe/London",
      "Australia/Lord_Howe",
      "Africa/Casablanca",
      "America/Sao_Paulo",
      "Pacific/Apia",
      "UTC",
    ];
    const counts = zones.map((zone) => rows.filter((row) => row[1] === zone).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(19);
  });

  it.each(rows)("%s in %s: after %s comes %s", (expression, timeZone, from, next) => {
    const rule = cron(expression, { timeZone });
    const [after, at] = [Date.parse(from), Date.parse(next)];
    expect(iso(rule.next(after))).toBe(iso(at));
    expect(iso(rule.latest(after, at))).toBe(iso(at));
    expect(rule.latest(after, at - 1)).toBeUndefined();
  });
});

/** Days on which the clocks of a zone change, with a day or two around them; not all of them zones of the table. */
const changes: readonly (readonly [zone: string, date: string])[] = [
  ["America/New_York", "2025-03-09"],
  ["America/New_York", "2025-11-02"],
  ["Europe/Berlin", "2025-03-30"],
  ["Europe/Berlin", "2025-10-26"],
  ["Europe/London", "2025-03-30"],
  ["Europe/London", "2025-10-26"],
  ["Australia/Lord_Howe", "2025-04-05"],
  ["Australia/Lord_Howe", "2025-10-04"],
  ["Africa/Casablanca", "2025-02-23"],
  ["Africa/Casablanca", "2025-04-06"],
  ["America/Sao_Paulo", "2018-02-18"],
  ["America/Sao_Paulo", "2018-11-04"],
  ["Pacific/Apia", "2011-09-24"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Apia", "2012-03-31"],
  ["UTC", "2025-02-28"],
  // The gap ends at midnight; the gap is two hours; the clocks go back over midnight; by half an hour at midnight.
  ["America/Nuuk", "2024-03-31"],
  ["America/Nuuk", "2024-10-27"],
  ["Antarctica/Troll", "2025-03-30"],
  ["Antarctica/Troll", "2025-10-26"],
  ["America/St_Johns", "2010-11-07"],
  ["Asia/Pyongyang", "2018-05-04"],
];

describe("times of the day", () => {
  it.each(changes)("come exactly once on each date that the clocks of %s show around %s", (timeZone, date) => {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
    const start = Date.parse(date) - 3 * DAY;
    // Whole dates: from the first midnight in these days to the last one.
    const instants = Array.from({ length: 6 * 1_440 }, (_, i) => start + i * MINUTE);
    const shown = instants.map((at) => format.format(at));
    const midnights = instants.filter((_, i) => i > 0 && shown[i] !== shown[i - 1]);
    const [begin = 0, end = 0] = [midnights[0], midnights.at(-1)];
    const dates = new Set(shown.filter((_, i) => (instants[i] ?? 0) >= begin && (instants[i] ?? 0) < end));

    const counts = new Set<number>();
    for (let time = 0; time < 1_440; time += 5) {
      const rule = cron(`${time % 60} ${Math.floor(time / 60)} * * *`, { timeZone });
      let count = 0;
      for (let at = rule.next(begin - 1) ?? end; at < end; at = rule.next(at) ?? end) count++;
      counts.add(count);
    }
    expect(dates.size).toBeGreaterThanOrEqual(4);
    expect([...counts]).toEqual([dates.size]);
  });
});

/** A rule made of whatever comes, but with numbers near midnight and 3 o'clock rather more often. */
function anyExpression(random: () => number): string {
  const below = (count: number): number => Math.floor(random() * count);
  const anyField = (least: number, most: number, star: number): string => {
    const kind = random();
    const value = (): number => least + below(most - least + 1);
    if (kind < star) return "*";
    if (kind < star + 0.1) return `*/${1 + below(most - least)}`;
    const low = value();
    if (kind < star + 0.2) return `${low}-${low + below(most - low + 1)}/${1 + below(Math.min(9, most - least))}`;
    if (kind < star + 0.3) return `${low}-${Math.min(most, low + below(6))}`;
    return Array.from({ length: 1 + below(3) }, value).join(",");
  };
  const hour = random() < 0.5 ? anyField(0, 3, 0.1) : anyField(0, 23, 0.2);
  const date = [anyField(1, 28, 0.7), anyField(1, 12, 0.8), anyField(0, 6, 0.7)];
  return [anyField(0, 59, 0.2), hour, ...date].join(" ");
}

describe("any rule", () => {
  it.each(changes)("agrees with the clocks of %s around %s, forwards and backwards", (timeZone, date) => {
    const random = seeded(Date.parse(date) / DAY);
    const [start, end] = [Date.parse(date) - 3 * DAY, Date.parse(date) + 3 * DAY];
    const within = (at: number | undefined): string | undefined => (at === undefined || at > end ? undefined : iso(at));
    const [expected, found]: [unknown[], unknown[]] = [[], []];
    for (let round = 0; round < 40; round++) {
      const expression = anyExpression(random);
      const times = oracle(expression, timeZone).between(start, end);
      const rule = cron(expression, { timeZone });
      for (let probe = 0; probe < 6; probe++) {
        const at = start + Math.floor(random() * (end - start));
        const probed = `${expression} at ${iso(at)}`;
        const last = times.filter((time) => time <= at).at(-1);
        expected.push([probed, within(times.find((time) => time > at)), iso(last)]);
        found.push([probed, within(rule.next(at)), iso(rule.latest(start - 1, at))]);
      }
    }
    expect(found).toEqual(expected);
  });
});

describe("expressions", () => {
  it.each([
    ["@hourly", ["2025-01-01T01:00", "2025-01-01T02:00"]],
    ["@daily", ["2025-01-02T00:00", "2025-01-03T00:00"]],
    ["@midnight", ["2025-01-02T00:00", "2025-01-03T00:00"]],
    ["@weekly", ["2025-01-05T00:00", "2025-01-12T00:00"]],
    ["@monthly", ["2025-02-01T00:00", "2025-03-01T00:00"]],
    ["@yearly", ["2026-01-01T00:00", "2027-01-01T00:00"]],
    ["@Annually", ["2026-01-01T00:00", "2027-01-01T00:00"]],
    ["0 0 * * SUN", ["2025-01-05T00:00", "2025-01-12T00:00"]],
    ["0 0 * * 0", ["2025-01-05T00:00", "2025-01-12T00:00"]],
    ["0 0 * * 7", ["2025-01-05T00:00", "2025-01-12T00:00"]],
    ["0 0 * * 1", ["2025-01-06T00:00", "2025-01-13T00:00"]],
    ["0 0 * * sat-sun", ["2025-01-04T00:00", "2025-01-05T00:00"]],
    ["0 0 1 jan,JUL *", ["2025-07-01T00:00", "2026-01-01T00:00"]],
    ["0 0 L * *", ["2025-01-31T00:00", "2025-02-28T00:00"]],
    [
      "0 0 LW * *",
      ["2025-01-31T00:00", "2025-02-28T00:00", "2025-03-31T00:00", "2025-04-30T00:00", "2025-05-30T00:00"],
    ],
    ["0 0 15W * *", ["2025-01-15T00:00", "2025-02-14T00:00", "2025-03-14T00:00"]],
    ["0 0 * * FRI#2", ["2025-01-10T00:00", "2025-02-14T00:00"]],
    ["0 0 * * FRIL", ["2025-01-31T00:00", "2025-02-28T00:00"]],
    ["0 0 ? * MON", ["2025-01-06T00:00", "2025-01-13T00:00"]],
    ["0 0 13 * FRI", ["2025-01-03T00:00", "2025-01-10T00:00", "2025-01-13T00:00"]],
    ["0 0 13 * +FRI", ["2025-06-13T00:00", "2026-02-13T00:00"]],
    ["0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["0 0 29 2 +MON", ["2044-02-29T00:00", "2072-02-29T00:00"]],
    [" \t0   0 1\t1 * ", ["2026-01-01T00:00"]],
    ["00 08 * * *", ["2025-01-01T08:00"]],
  ])("read %j", (expression, expected) => {
    expect(first(cron(expression), expected.length)).toEqual(expected);
  });

  it("know that 2100 is no leap year", () => {
    expect(first(cron("0 0 29 2 *"), 1, Date.parse("2096-03-01"))).toEqual(["2104-02-29T00:00"]);
    expect(iso(cron("0 0 29 2 *").latest(from2025, Date.parse("2104-02-28")))).toBe("2096-02-29T00:00:00.000Z");
  });

  it("tell what they are", () => {
    expect(cron(" 0 1 * * * ").text).toBe("0 1 * * * UTC");
    expect(cron("0 1 * * *", { timeZone: "Europe/Berlin" }).text).toBe("0 1 * * * Europe/Berlin");
  });

  it.each([
    "0 0 31 2 *",
    "0 0 30 2 *",
    "0 0 31 4 *",
    "0 0 31 2,4,6 *",
    "0 0 30,31 2 *",
    "0 0 31 2,4,6,9,11 +MON",
    "0 0 31W 2 *",
    "0 0 8-31 * +MON#1,TUE#1,WED#1,THU#1,FRI#1,SAT#1,SUN#1",
  ])("X28, F52: that never fire are refused: %s", (expression) => {
    expect(() => cron(expression)).toThrow(
      expect.objectContaining({ code: "invalid_schedule", message: expect.stringContaining("never fires") }),
    );
  });

  it.each([
    "",
    " ",
    "*",
    "* * * *",
    "* * * * * *",
    "0 0 1 1 * 2030",
    "@reboot",
    "@every 5m",
    "@",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 0 *",
    "* * * 13 *",
    "* * * * 8",
    "-1 * * * *",
    "1.5 * * * *",
    "1e1 * * * *",
    "5/10 * * * *",
    "*/0 * * * *",
    "*/61 * * * *",
    "30-10 * * * *",
    "1,,2 * * * *",
    "1- * * * *",
    "** * * * *",
    "H * * * *",
    "MON * * * *",
    "0 0 * * MONDAY",
    "0 0 * * FRI-MON",
    "0 0 * * FRI#6",
    "0 0 * * L",
    "0 0 L-3 * *",
    "0 0 * * +",
    "2030-01-01T00:00:00Z",
    "2030-01-01 00:00:00 * * *",
    "0 0\n* * *",
    "0 0 * * MON\u00A0",
    "٣ * * * *",
    "0 0 * * *; drop",
    "* * * * *".padEnd(201),
    "* ".repeat(50_000),
    "a".repeat(10_000_000),
  ])("X27: that cannot be read are refused: %.40j", (expression) => {
    expect(() => cron(expression)).toThrow(expect.objectContaining({ code: "invalid_schedule" }));
  });

  it.each([
    undefined,
    null,
    5,
    true,
    {},
    [],
    ["* * * * *"],
    new String("* * * * *"),
    new Date(0),
    Symbol("*"),
    () => "*",
  ])("that are no text are refused (%#)", (expression) => {
    expect(() => cron(expression as string)).toThrow(expect.objectContaining({ code: "invalid_schedule" }));
  });

  it("are refused with a message that says what was expected, what came, and what to do", () => {
    expect(() => cron("* * * * * *")).toThrow(
      'A cron expression must be five fields, none for seconds (minute hour day month weekday: "0 8 * * MON-FRI"), ' +
        'or a nickname such as @daily; got "* * * * * *". It has 6 fields.',
    );
    expect(() => cron("0 0 32 * *")).toThrow(/out of range: minute 0-59, hour 0-23, day 1-31/);
    expect(() => cron("x".repeat(10_000))).toThrow("at most 200 characters; got 10000 of them");
  });
});

describe("time zones", () => {
  it.each([
    "../../etc/passwd",
    "x".repeat(10_240),
    "",
    " ",
    "Mars/Olympus",
    "+01:00",
    "UTC\0",
    "Europe/Berlin ",
    "Europe/Berlin\n",
    "__proto__",
    5,
    null,
    true,
    {},
    [],
    ["UTC"],
    Symbol("UTC"),
  ])("X30: that nobody knows are refused: %.40s", (timeZone) => {
    const options = { timeZone } as CronOptions;
    expect(() => cron("0 0 * * *", options)).toThrow(expect.objectContaining({ code: "invalid_schedule" }));
    expect(() => cron("0 0 * * *", options)).toThrow(/^The timeZone of cron must be .{0,200}$/);
  });

  it("in a place where they would be overlooked are refused", () => {
    for (const options of [null, "Europe/Berlin", 5, { timezone: "Europe/Berlin" }, ["Europe/Berlin"]]) {
      expect(() => cron("0 0 * * *", options as CronOptions)).toThrow(
        expect.objectContaining({ code: "invalid_schedule" }),
      );
    }
    // @ts-expect-error the option is named timeZone
    expect(() => cron("0 0 * * *", { timezone: "Europe/Berlin" })).toThrow("did you mean timeZone?");
    // @ts-expect-error the zone is an option
    expect(() => cron("0 0 * * *", "Europe/Berlin")).toThrow("The options of cron must be an object");
  });

  it("are UTC unless said otherwise, and those of the runtime's data", () => {
    expect(cron("0 0 * * *").next(from2025)).toBe(from2025 + DAY);
    expect(cron("0 0 * * *", { timeZone: "Asia/Kathmandu" }).next(from2025)).toBe(from2025 + DAY - 5.75 * HOUR);
    expect(cron("0 0 * * *", { timeZone: "Etc/GMT+5" }).next(from2025)).toBe(from2025 + 5 * HOUR);
  });
});

describe("a rule", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("reads no clock, neither when declared nor when asked", () => {
    class NoClock extends Date {
      // The spread keeps the number of arguments: none means the clock.
      constructor(...given: readonly [] | readonly [number]) {
        if (given.length === 0) throw new Error("the clock was read");
        super(...given);
      }
      static override now(): never {
        throw new Error("the clock was read");
      }
    }
    vi.stubGlobal("Date", NoClock);
    const rule = cron("30 2 * * MON-FRI", { timeZone: "Europe/London" });
    expect(rule.next(from2025)).toBe(from2025 + 2.5 * HOUR);
    expect(rule.latest(from2025, from2025 + DAY)).toBe(from2025 + 2.5 * HOUR);
    expect(() => new Date()).toThrow("the clock was read");
  });

  it("is cheap to ask after years: it does not walk through what was missed", () => {
    const rule = cron("* * * * *", { timeZone: "America/New_York" });
    // 1 000 times 20 years of minutes: nobody could walk that within a test.
    for (let i = 0; i < 1_000; i++) {
      const until = from2025 + i * DAY;
      expect(rule.latest(until - 20 * 366 * DAY, until)).toBe(until);
    }
  });

  it("catches up as its policy says after three hours down", () => {
    const rule = cron("* * * * *", { timeZone: "Europe/Berlin" });
    const now = from2025 + 3 * HOUR + 30_000;
    expect(missed(rule, "latest", from2025, now)).toEqual([from2025 + 3 * HOUR]);
    expect(missed(rule, "skip", from2025, now)).toEqual([from2025 + 3 * HOUR]);
    expect(missed(rule, { all: 1_000 }, from2025, now)).toHaveLength(180);
    expect(missed(cron("0 * * * *"), "skip", from2025, now + MINUTE)).toEqual([]);
  });

  it("finds nothing after the last instant and until an earlier one", () => {
    const rule = cron("0 1 * * *", { timeZone: "Europe/Berlin" });
    expect(rule.latest(from2025, from2025)).toBeUndefined();
    expect(rule.latest(from2025, from2025 - DAY)).toBeUndefined();
    expect(rule.latest(from2025, from2025 - 1)).toBeUndefined();
  });

  it("answers undefined for what is no instant", () => {
    const rule = cron("* * * * *", { timeZone: "Europe/Berlin" });
    for (const at of [Number.NaN, Infinity, -Infinity, 8.64e15, -8.64e15]) {
      expect(rule.next(at)).toBeUndefined();
      expect(rule.latest(from2025, at)).toBeUndefined();
      expect(rule.latest(at, from2025)).toBeUndefined();
    }
  });

  it("ends its search where the clocks never show its time", () => {
    // Each such hour since 2007 is the skipped one.
    const rule = cron("*/5 2 8-14 3 +SUN", { timeZone: "America/New_York" });
    expect(rule.next(from2025)).toBeUndefined();
    expect(iso(cron("5 2 8-14 3 +SUN", { timeZone: "America/New_York" }).next(from2025))).toBe(
      "2025-03-09T07:00:00.000Z",
    );
  });
});
