import { expect, test } from "vitest";
import { storm } from "./storm.ts";

/** A known one, and another one each time, whose test's name says which; more of them in test/matrix. */
const seeds = [1, Math.floor(Math.random() * 2 ** 31)];
const fine = { lost: [], unexpected: [], wronged: [] };

test.each(seeds)(
  "whatever is doubled, shuffled, late, half sent or delivered after its end, nothing acknowledged is lost (F112, F113): seed %i",
  async (seed) => {
    const tally = await storm({ seed });
    expect(tally).toMatchObject(fine);
    expect(tally.acknowledged + tally.recovered).toBeGreaterThan(0);
  },
);

test.each(seeds)(
  "a poisoned job in a batch of any size costs its neighbours nothing: each runs once (F34): seed %i",
  async (seed) => {
    const tally = await storm({ seed, mild: true });
    expect(tally).toMatchObject({ ...fine, duplicated: 0, recovered: 0, acknowledged: tally.attempted });
  },
);

test.each(seeds)(
  "what the platform gives up on because it kills its consumers is a dead letter, and not dropped (F114): seed %i",
  async (seed) => {
    expect(await storm({ seed, kills: true, maxRetries: 5 })).toMatchObject(fine);
  },
);
