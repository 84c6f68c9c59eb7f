import { expect, test } from "vitest";
import { storm } from "../storm.ts";

/** Another ones each time; the test's name says which. */
const fresh = Math.floor(Math.random() * 2 ** 31);
const seeds = [...Array.from({ length: 15 }, (_, i) => i + 1), ...Array.from({ length: 5 }, (_, i) => fresh + i)];
const fine = { lost: [], unexpected: [], wronged: [] };

test.each(seeds)(
  "whatever is doubled, shuffled, late, half sent or delivered after its end, nothing acknowledged is lost (F112, F113): seed %i",
  async (seed) => {
    const tally = await storm({ seed });
    expect(tally).toMatchObject(fine);
    expect(tally.acknowledged + tally.recovered).toBeGreaterThan(0);
  },
);

test.each(seeds.slice(-8))(
  "a poisoned job in a batch of any size costs its neighbours nothing: each runs once (F34): seed %i",
  async (seed) => {
    const tally = await storm({ seed, mild: true });
    expect(tally).toMatchObject({ ...fine, duplicated: 0, recovered: 0, acknowledged: tally.attempted });
  },
);

test.each(seeds.slice(-8))(
  "what the platform gives up on because it kills its consumers is a dead letter, and not dropped (F114): seed %i",
  async (seed) => {
    expect(await storm({ seed, kills: true, maxRetries: 5 })).toMatchObject(fine);
  },
);

test("the storms hold every kind of fault, and their counters are those of a queue that loses nothing", async ({
  annotate,
}) => {
  const total: Record<string, number> = {};
  for (const seed of seeds.slice(0, 10)) {
    const { faults, lost, unexpected, wronged: _wronged, ...counts } = await storm({ seed });
    const bad = { lost: lost.length, unexpected: unexpected.length };
    for (const [kind, count] of Object.entries({ ...counts, ...faults, ...bad })) {
      total[kind] = (total[kind] ?? 0) + count;
    }
  }
  await annotate(JSON.stringify(total));
  const { lost, unexpected, ...others } = total;
  expect({ lost, unexpected }).toEqual({ lost: 0, unexpected: 0 });
  expect(Object.entries(others).filter(([, count]) => count === 0)).toEqual([]);
});
