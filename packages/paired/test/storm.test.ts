import { expect, test } from "vitest";
import { JOBS, MAX_IN_FLIGHT, storm } from "./storm.ts";

/** Known ones, and another one each time; more of them in test/matrix. */
const seeds = [...Array.from({ length: 8 }, (_, seed) => seed), Math.floor(Math.random() * 2 ** 31)];

test.each(seeds)(
  "a storm of dropped, doubled, delayed messages and vanishing consumers loses no job and accepts each once: %d",
  async (seed) => {
    const { completed, accepted, most, runs } = await storm(seed);
    expect({ completed, accepted }).toEqual({ completed: JOBS, accepted: JOBS });
    expect(most).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    expect(runs).toBeGreaterThan(JOBS);
  },
);
