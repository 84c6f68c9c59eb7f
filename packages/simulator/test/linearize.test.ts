import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Interval, type Specification, linearize } from "../src/linearizability/linearize.ts";

type RegisterCall = Interval<{ readonly write: number } | "read", number>;

/** Holds a number; zero at first. A write answers what it wrote. */
const register: Specification<number, RegisterCall["input"], number> = {
  initial: 0,
  step(value, input, answer) {
    const next = input === "read" ? value : input.write;
    return answer === undefined || answer === next ? [next] : [];
  },
  key: String,
};

/** Loses a write now and then, and says so of none. */
const leaky: typeof register = {
  ...register,
  step: (value, input, answer) =>
    input === "read" ? register.step(value, input, answer) : [value, ...register.step(value, input, answer)],
};

const write = (value: number, calledAt: number, returnedAt = Infinity): RegisterCall => ({
  input: { write: value },
  answer: returnedAt === Infinity ? undefined : value,
  calledAt,
  returnedAt,
});
const read = (answer: number | undefined, calledAt: number, returnedAt: number): RegisterCall => ({
  input: "read",
  answer,
  calledAt,
  returnedAt,
});
const linearizable = (...calls: readonly RegisterCall[]): boolean => linearize(register, calls).linearizable;

describe("a register", () => {
  test("may be read old or new while it is written", () => {
    expect(linearizable(write(1, 1, 4), read(0, 2, 3))).toBe(true);
    expect(linearizable(write(1, 1, 4), read(1, 2, 3))).toBe(true);
    expect(linearizable(write(1, 1, 4), read(2, 2, 3))).toBe(false);
  });

  test("is not read old once its write has returned", () => {
    expect(linearizable(write(1, 1, 2), read(0, 3, 4))).toBe(false);
  });

  test("is not read old after another read has returned the new value, even if the write goes on", () => {
    expect(linearizable(write(1, 1, 10), read(1, 2, 3), read(0, 4, 5))).toBe(false);
    expect(linearizable(write(1, 1, 10), read(1, 2, 5), read(0, 4, 6))).toBe(true);
  });

  test("is read by all in one order", () => {
    const writes = [write(1, 1, 20), write(2, 2, 20)];
    expect(linearizable(...writes, read(1, 3, 4), read(2, 5, 6), read(2, 3, 4), read(2, 5, 6))).toBe(true);
    expect(linearizable(...writes, read(1, 3, 4), read(2, 5, 6), read(2, 3, 4), read(1, 5, 6))).toBe(false);
    expect(linearizable(...writes, read(1, 3, 4), read(2, 5, 6), read(1, 7, 8))).toBe(false);
  });

  test("may be changed by a write that never returned, at any later time or never", () => {
    expect(linearizable(write(1, 1), read(0, 2, 3), read(1, 4, 5))).toBe(true);
    expect(linearizable(write(1, 1), read(0, 2, 3), read(0, 4, 5))).toBe(true);
    expect(linearizable(write(1, 1), read(1, 2, 3), read(0, 4, 5))).toBe(false);
    expect(linearizable(read(1, 1, 2), write(1, 3))).toBe(false);
  });

  test("uses a write that never returned only where it explains something", () => {
    expect(linearizable(write(2, 1), write(1, 2), read(1, 3, 4), read(2, 5, 6))).toBe(true);
    expect(linearizable(write(2, 1), write(1, 2), read(1, 3, 4), read(2, 5, 6), read(1, 7, 8))).toBe(false);
  });

  test("may be written late by the longer of two writes that are alike", () => {
    expect(linearizable(write(1, 1, 10), write(1, 2, 3), write(0, 4, 5), read(1, 6, 7))).toBe(true);
    expect(linearizable(write(1, 1, 4), write(1, 2, 10), write(0, 5, 6), read(1, 7, 8))).toBe(true);
    expect(linearizable(write(1, 1, 4), write(1, 2, 3), write(0, 5, 6), read(1, 7, 8))).toBe(false);
  });

  test("must keep a write that returned, even with an unknown answer", () => {
    expect(linearizable({ ...write(1, 1, 2), answer: undefined }, read(0, 3, 4))).toBe(false);
  });

  test("that may lose writes may be read old", () => {
    expect(linearize(leaky, [write(1, 1, 2), read(0, 3, 4)]).linearizable).toBe(true);
    expect(linearize(leaky, [write(1, 1, 2), read(0, 3, 4), read(1, 5, 6)]).linearizable).toBe(false);
  });

  test("that many read at once is checked without trying every order", () => {
    const readers = Array.from({ length: 120 }, (_, n) => read(n % 3, n, 1_000 + n));
    expect(linearizable(...readers, write(1, 500, 600), write(2, 500))).toBe(true);
    expect(linearizable(...readers, write(1, 500, 600), read(2, 1_200, 1_300))).toBe(false);
  });

  test("shows the longest order that it found", () => {
    const [first, second, third, stale] = [write(1, 1, 2), read(1, 3, 4), write(2, 5, 9), read(1, 10, 11)];
    expect(linearize(register, [stale, third, second, first])).toEqual({
      linearizable: false,
      order: [first, second, third],
    });
  });
});

/** The definition, word by word: any of the orders of any of the calls that must have happened and some that may. */
function explained(specification: typeof register, calls: readonly RegisterCall[]): boolean {
  const tried = (order: readonly RegisterCall[], left: readonly RegisterCall[]): boolean => {
    if (left.every(({ returnedAt }) => returnedAt === Infinity) && fits(specification, order)) return true;
    return left.some((call) => {
      const others = left.filter((one) => one !== call);
      return tried([...order, call], others);
    });
  };
  return tried([], calls);
}

function fits({ initial, step }: typeof register, order: readonly RegisterCall[]): boolean {
  const timely = order.every((call, i) => order.slice(i).every((later) => later.returnedAt >= call.calledAt));
  let states: readonly number[] = [initial];
  for (const { input, answer } of order) states = states.flatMap((state) => step(state, input, answer));
  return timely && states.length > 0;
}

test("the search finds an order exactly where trying all of them does", () => {
  const value = fc.integer({ min: 0, max: 2 });
  const call = fc
    .record({
      input: fc.oneof(fc.constant("read" as const), fc.record({ write: value })),
      answer: fc.option(value, { nil: undefined, freq: 4 }),
      calledAt: fc.integer({ min: 1, max: 12 }),
      takes: fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.constant(Infinity)),
    })
    .map(({ input, answer, calledAt, takes }): RegisterCall => {
      const known = input === "read" ? answer : answer && input.write;
      return { input, answer: takes === Infinity ? undefined : known, calledAt, returnedAt: calledAt + takes };
    });
  const verdicts = { true: 0, false: 0 };
  fc.assert(
    fc.property(fc.constantFrom(register, leaky), fc.array(call, { maxLength: 6 }), (specification, calls) => {
      const wanted = explained(specification, calls);
      verdicts[`${wanted}`]++;
      const { linearizable: found, order } = linearize(specification, calls);
      expect(found).toBe(wanted);
      expect(fits(specification, order)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  // Neither verdict is rare, or the property would say little.
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(300);
});
