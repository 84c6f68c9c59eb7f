import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CronOptions, cron } from "../src/schedules/cron.ts";
import type { Rule } from "../src/schedules/rule.ts";
import { LINEAR, costMs, growth } from "./growth-of-cost.ts";
import { inherited } from "./prototypes.ts";
import { codeOf } from "./code-of.ts";
import { ODD_TEXTS, untyped } from "./untyped-callers.ts";

const untouched = inherited();
/** Twenty times what the slowest takes, of the processor's time; what goes wrong takes seconds. */
const MOST_MS = 500;

/** What comes after an instant is later, and the last one until then. */
function expectAhead({ next, latest }: Rule, after: number): void {
  const at = next(after);
  expect(at === undefined || (Number.isSafeInteger(at) && at > after)).toBe(true);
  const until = at ?? after;
  expect([latest(after, until), latest(after, until - 1)]).toEqual([at, undefined]);
}

/** The cheapest of some turns: what a busy machine adds is not the work's. */
function cheapest(work: () => unknown): number {
  return Math.min(...Array.from({ length: 5 }, () => costMs(work)));
}

/** A field as the grammar has it, and sometimes nearly. */
function field(least: number, most: number, words: readonly string[] = []): fc.Arbitrary<string> {
  const number = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: least, max: most }) }, fc.integer({ max: 99 }));
  const range = fc.tuple(number, number).map(([a, b]) => (a < b ? `${a}-${b}` : `${b}-${a}`));
  const stepped = fc.tuple(fc.oneof(range, fc.constant("*")), number).map(([base, step]) => `${base}/${step}`);
  const word =
    words.length === 0
      ? number
      : fc.tuple(fc.constantFrom(...words), number).map(([text, n]) => text.replace("n", String(n)));
  const part = fc.oneof(fc.constantFrom("*", "?", "*"), number.map(String), range, stepped, word.map(String));
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(","));
}

const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"].flatMap((day) => [day, `${day}#5`, `${day}L`]);
const shaped = fc
  .tuple(
    field(0, 59),
    field(0, 23),
    field(1, 31, ["L", "LW", "nW", "29", "30", "31"]),
    field(1, 12, ["JAN", "FEB", "2", "4"]),
    fc.tuple(fc.constantFrom("", "", "+"), field(0, 7, [...DAYS, "n#5", "n#1", "nL"])).map((two) => two.join("")),
  )
  .map((fields) => fields.join(" "));
const zone = fc.constantFrom(
  "UTC",
  "America/New_York",
  "America/Nuuk",
  "America/Sao_Paulo",
  "Africa/Casablanca",
  "Antarctica/Troll",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Etc/GMT+12",
  "Europe/Berlin",
  "Pacific/Apia",
);
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

test("any text in the shape of a rule is one, in any zone, or our error", async () => {
  let rules = 0;
  const read = fc.asyncProperty(shaped, zone, instant, async (expression, timeZone, after) => {
    const code = await codeOf(() => {
      expectAhead(cron(expression, { timeZone }), after);
      rules++;
    });
    expect([undefined, "invalid_schedule"]).toContain(code);
  });
  await fc.assert(read, { numRuns: 1_500 });
  // The shapes are no pretence: many of them are rules.
  expect(rules).toBeGreaterThan(150);
});

test("any text at all is a rule or our error", async () => {
  const nickname = fc.constantFrom("@daily", "@hourly", "@reboot", "@every 1s", "@");
  const soup = fc
    .array(fc.constantFrom(..."0123456789*/,-?#+LW @ \t\n_"), { maxLength: 30 })
    .map((all) => all.join(""));
  const text = fc.oneof(
    untyped,
    fc.string({ unit: "binary", maxLength: 300 }),
    soup,
    nickname,
    shaped.map((all) => `${all} `),
  );
  const read = fc.asyncProperty(text, async (expression) => {
    const code = await codeOf(() => expectAhead(cron(expression as string), 0));
    expect([undefined, "invalid_schedule"]).toContain(code);
  });
  await fc.assert(read, { numRuns: 1_500 });
});

test("X30: any text or value is a zone of the runtime's data or our error", async () => {
  const name = fc.oneof(
    untyped,
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.stringMatching(/^[A-Z][a-z]{2,8}\/[A-Z][a-z]{2,8}$/),
    fc.mixedCase(zone),
  );
  const read = fc.asyncProperty(
    fc.oneof(
      name.map((timeZone) => ({ timeZone })),
      untyped,
    ),
    async (options) => {
      const code = await codeOf(() => expectAhead(cron("30 2 * * *", options as CronOptions), 0));
      expect([undefined, "invalid_schedule"]).toContain(code);
    },
  );
  await fc.assert(read, { numRuns: 1_000 });
});

test("any number at all may be asked about", () => {
  const asked = fc.property(shaped, zone, fc.double(), fc.double(), (expression, timeZone, after, until) => {
    let rule: Rule;
    try {
      rule = cron(expression, { timeZone });
    } catch {
      return; // another test is about refusals
    }
    const [next, last] = [rule.next(after), rule.latest(after, until)];
    expect(next === undefined || next > after).toBe(true);
    expect(last === undefined || (last > after && last <= until)).toBe(true);
  });
  fc.assert(asked, { numRuns: 500 });
});

describe("work is bounded", () => {
  const many = (count: number, most: number): string => Array.from({ length: count }, (_, i) => i % most).join(",");

  test.each([
    "0 0 31 2 *",
    "0 0 30 2 *",
    "0 0 31 2,4,6,9,11 *",
    "0 0 31 4 +MON",
    "59 23 31W 2 *",
    "2,* 3 8W * +7",
    "0 0 8-31 * +MON#1,TUE#1,WED#1,THU#1,FRI#1,SAT#1,SUN#1",
    `${many(60, 60)} 0 31 2 *`.slice(0, 200),
  ])("X28, F52: a rule that never comes is refused without a long search: %.40s", async (expression) => {
    expect(await codeOf(() => cron(expression, { timeZone: "America/New_York" }))).toBe("invalid_schedule");
    expect(cheapest(() => void codeOf(() => cron(expression)))).toBeLessThan(MOST_MS);
  });

  test.each(["0 0 29 2 +MON", "0 0 29 2 *", "59 23 31 12 *", `${many(50, 60)} 0 1 1 *`, "* * * * *", "*/7 */5 L * *"])(
    "a rule that comes is read and asked without a long search, however seldom that is: %.40s",
    (expression) => {
      const ask = (): void => {
        const rule = cron(expression, { timeZone: "Australia/Lord_Howe" });
        expectAhead(rule, Date.UTC(2026, 2, 1));
        rule.latest(0, Date.UTC(2026, 2, 1));
      };
      expect(cheapest(ask)).toBeLessThan(MOST_MS);
    },
  );

  test("X29: nothing comes more than once a minute", async () => {
    const asked = fc.asyncProperty(shaped, zone, instant, async (expression, timeZone, after) => {
      await codeOf(() => {
        const { next } = cron(expression, { timeZone });
        const first = next(after) ?? 0;
        expect((next(first) ?? Infinity) - first).toBeGreaterThanOrEqual(60_000);
      });
    });
    await fc.assert(asked, { numRuns: 300 });
    expect(() => cron("* * * * * *")).toThrow("It has 6 fields");
  });

  test.each([...ODD_TEXTS, "* ", "*/", "1,", "L", "#", "@", "a+", "  "])(
    "X27: a text of any length is refused in linear time, as a rule and as a zone: %j over and over",
    (unit) => {
      const times = growth(8_000, (size) => {
        void codeOf(() => cron(unit.repeat(size)));
        void codeOf(() => cron("* * * * *", { timeZone: `Europe/${unit.repeat(size)}` }));
      });
      expect(times).toBeLessThan(LINEAR);
    },
  );
});

test("no rule has changed what objects inherit", () => {
  expect(inherited()).toEqual(untouched);
});
