import { expect, test } from "vitest";
import { oracle } from "../cron-oracle.ts";
import { rows } from "../cron-table.ts";

// The table itself, which test/cron.test.ts holds the rule to: neither it nor the clocks change from day to day.

test.each(rows)("the table agrees with the zone's clock, read minute by minute: %s in %s after %s", (...row) => {
  const [expression, zone, from, next] = row;
  expect(oracle(expression, zone).next(Date.parse(from))).toBe(Date.parse(next));
});
