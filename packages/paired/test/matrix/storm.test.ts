import { expect, test } from "vitest";
import { JOBS, MAX_IN_FLIGHT, storm } from "../storm.ts";

const fresh = Math.floor(Math.random() * 2 ** 31);
const seeds = Array.from({ length: 50 }, (_, i) => fresh + i);

test.each(seeds)(
  "a storm of dropped, doubled, delayed messages and vanishing consumers loses no job and accepts each once: %d",
  async (seed) => {
    const { completed, accepted, most, runs } = await storm(seed);
    expect({ completed, accepted }).toEqual({ completed: JOBS, accepted: JOBS });
    expect(most).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    expect(runs).toBeGreaterThan(JOBS);
  },
);
