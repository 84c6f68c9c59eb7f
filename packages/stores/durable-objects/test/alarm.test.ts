import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAlarm } from "../src/object/alarm.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const SECOND = 1_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
afterEach(() => void vi.useRealTimers());

/** An alarm whose platform never fires it, and when it was set. */
function silentAlarm() {
  const set: number[] = [];
  const storage = {
    getAlarm: async () => null,
    setAlarm: async (at: number | Date) => void set.push(Number(at)),
  };
  return { alarm: createAlarm({ storage, waitUntil() {} }), set };
}

test("F104: an alarm that the platform has lost is set anew a minute after its time", () => {
  const { alarm, set } = silentAlarm();
  alarm.setBy(NOON + SECOND);
  vi.setSystemTime(NOON + 60 * SECOND);
  alarm.setBy(NOON + SECOND);
  expect(set).toEqual([NOON + SECOND]);
  vi.setSystemTime(NOON + 62 * SECOND);
  alarm.setBy(NOON + SECOND);
  expect(set).toHaveLength(2);
  expect(set[1]).toBeGreaterThan(NOON + 62 * SECOND);
});

test("F104: an alarm is set for a time to come, however long something has been due", () => {
  const { alarm, set } = silentAlarm();
  alarm.setBy(1);
  expect(set).toHaveLength(1);
  expect(set[0]).toBeGreaterThan(NOON);
});

test("an alarm that rang is followed by one at another time, so that the platform does not take it for done", () => {
  const { alarm, set } = silentAlarm();
  alarm.setBy(NOON + SECOND);
  vi.setSystemTime(NOON + SECOND);
  alarm.fired();
  alarm.setBy(NOON + SECOND);
  expect(set).toEqual([NOON + SECOND, NOON + 2 * SECOND]);
});
