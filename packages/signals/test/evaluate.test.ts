import type { LongshoreError } from "@longshore/core";
import { describe, expect, test } from "vitest";

import { type AlertRules, defaultRules, evaluate } from "../src/index.ts";
import { BEGIN, HOUR, MINUTE, setting, patched, strict, watch } from "./setting.ts";

const pressing: AlertRules = { deep: { severity: "warning", measure: "depth", above: 10 } };

describe("the default rules", () => {
  test("a queue deeper than 1 000 fires after five minutes, and resolves once, at 800", async () => {
    const all = setting();
    const told = await watch(all, defaultRules, 40, async (minute) => {
      if (minute === 2) await all.put(1_000);
      if (minute === 8) await all.put(1);
      if (minute === 20) await drain(all, 200);
      if (minute === 25) await drain(all, 1);
      if (minute === 30) await drain(all, 800);
    });
    // The last minute at which it was not above is the seventh; 801 are left at the twentieth, 800 at the 25th.
    expect(told).toEqual(["12 +depth", "25 -depth"]);
    const [firing, resolved] = await all.alerts();
    expect(firing).toEqual({
      rule: "depth",
      severity: "warning",
      state: "firing",
      value: 1_001,
      threshold: 1_000,
      queue: "quay",
      at: BEGIN + 12 * MINUTE,
    });
    expect(resolved).toMatchObject({ state: "resolved", value: 800, at: BEGIN + 25 * MINUTE });
  });

  test("a queue that is deep for less than five minutes at a time tells nobody", async () => {
    const all = setting();
    const told = await watch(all, defaultRules, 40, async (minute) => {
      if (minute % 5 === 0) await drain(all, 2_000);
      if (minute % 5 === 1) await all.put(1_000);
      if (minute % 5 === 1) await all.put(1_000);
    });
    expect(told).toEqual([]);
  });

  test("a dead letter fires at once, once for all that follow, and resolves when somebody has dealt with them", async () => {
    const all = setting();
    const told = await watch(all, defaultRules, 90, async (minute) => {
      if (minute === 3 || minute === 8) await all.put(1, { ms: 0, end: "dead" });
      await all.work();
      if (minute !== 70 && minute !== 80) return;
      const [dead] = (await all.queue.list({ state: "dead", limit: 1 })).jobs;
      await all.queue.remove(dead?.id ?? "");
    });
    expect(told).toEqual(["3 +deadLetters", "80 -deadLetters"]);
  });

  test("more than fifty dead letters in an hour are critical, of all queues together", async () => {
    const all = setting();
    const told = await watch(all, defaultRules, 10, async (minute) => {
      if (minute === 4) await all.put(50, { ms: 0, end: "dead" });
      if (minute === 7) await all.put(1, { ms: 0, end: "dead" });
      await all.work();
    });
    expect(told).toEqual(["4 +deadLetters", "7 +manyDeadLetters"]);
    expect((await all.alerts())[1]).toMatchObject({ severity: "critical", value: 51, threshold: 50, queue: "quay" });
  });

  test("a job name twice as slow as usual fires, goes on while it is slow, and resolves once", async () => {
    const all = setting();
    const told = await watch(all, defaultRules, 300, async (minute) => {
      await all.put(2, { ms: minute >= 150 && minute < 200 ? 1_000 : 200, end: "well" });
      await all.work();
    });
    expect(told).toEqual(["150 +slowdown", expect.stringMatching(/^2[0-9]{2} -slowdown$/)]);
    const [firing] = await all.alerts();
    expect(firing).toMatchObject({ rule: "slowdown", name: "load", threshold: 2 });
    expect(Math.abs((firing?.value ?? 0) - 5)).toBeLessThan(0.5);
  });

  test("a job name is not called slow from fewer than 100 samples", async () => {
    for (const [samples, told] of [
      [99, 0],
      [100, 1],
    ] as const) {
      const all = setting();
      await all.put(samples, { ms: 100, end: "well" });
      await all.work();
      all.pass(HOUR + 10 * MINUTE);
      await all.put(1, { ms: 300, end: "well" });
      await all.work();
      expect(await evaluate(all.adapter, { rules: defaultRules })).toHaveLength(told);
    }
  });
});

describe("of the store", () => {
  test("only those states are counted that the rules look at, each asked for once", async () => {
    const { adapter, asked } = strict(setting().adapter);
    await evaluate(adapter, { rules: defaultRules });
    const failing: AlertRules = {
      failing: { severity: "warning", measure: "depth", states: ["failed", "dead"], above: 9 },
    };
    await evaluate(adapter, { rules: { ...pressing, ...failing, ...defaultRules } });
    expect(asked).toEqual([
      ["enqueued", "stalled", "dead"],
      ["enqueued", "stalled", "failed", "dead"],
    ]);
  });

  test("nothing is counted where no rule looks at a depth", async () => {
    const { adapter, asked } = strict(setting().adapter);
    const { depth: _depth, deadLetters: _deadLetters, ...rules } = defaultRules;
    await evaluate(adapter, { rules });
    expect(asked).toEqual([]);
  });
});

describe("a rule", () => {
  test("that fired stays so while its value is between where it resolves and its threshold", async () => {
    const all = setting();
    const told = await watch(all, pressing, 12, async (minute) => {
      if (minute === 0) await all.put(11);
      if (minute % 2 === 1) await drain(all, 2);
      if (minute % 2 === 0 && minute > 0) await all.put(2);
      if (minute === 11) await drain(all, 1);
    });
    // 11, 9, 11, 9, ..., and 8 in the end.
    expect(told).toEqual(["0 +deep", "11 -deep"]);
  });

  test("that resolved is quiet for a quarter of an hour, and fires then if it still holds", async () => {
    const all = setting();
    const told = await watch(all, pressing, 40, async (minute) => {
      if (minute === 0) await all.put(11);
      if (minute === 5) await drain(all, 11);
      if (minute === 6) await all.put(11);
    });
    expect(told).toEqual(["0 +deep", "5 -deep", "20 +deep"]);
  });

  test("without a pause fires again at once", async () => {
    const all = setting();
    const rules = { deep: { severity: "warning", measure: "depth", above: 10, cooldown: 0 } } as const;
    const told = await watch(all, rules, 4, async (minute) => {
      await (minute % 2 === 0 ? all.put(11) : drain(all, 11));
    });
    expect(told).toEqual(["0 +deep", "1 -deep", "2 +deep", "3 -deep"]);
  });

  test("without a pause turns as often as its value does, once each, but not within the same few seconds", async () => {
    const all = setting();
    const rules = { deep: { severity: "warning", measure: "depth", above: 10, cooldown: 0 } } as const;
    const turns: string[] = [];
    for (let second = 0; second < 40; second += 5) {
      await (second % 10 === 0 ? all.put(11) : drain(all, 11));
      const looks = [await evaluate(all.adapter, { rules }), await evaluate(all.adapter, { rules })];
      turns.push(...looks.flat().map(({ state }) => `${second} ${state}`));
      all.pass(5_000);
    }
    expect(turns).toEqual(["0 firing", "5 resolved", "30 firing", "35 resolved"]);
  });

  test("that resolved has to hold anew for as long as it says", async () => {
    const all = setting();
    const lasting = { severity: "warning", measure: "depth", above: 10, for: "5m", cooldown: 0 } as const;
    const told = await watch(all, { lasting }, 30, async (minute) => {
      if (minute === 2 || minute === 11) await all.put(11);
      if (minute === 10) await drain(all, 11);
    });
    // Last fine at the first minute, and at the tenth.
    expect(told).toEqual(["6 +lasting", "10 -lasting", "15 +lasting"]);
  });

  test("that resolved right after it fired is quiet all the same", async () => {
    const all = setting();
    await all.put(11);
    expect(await evaluate(all.adapter, { rules: pressing })).toHaveLength(1);
    await drain(all, 11);
    expect(await evaluate(all.adapter, { rules: pressing })).toHaveLength(1);
    await all.put(11);
    all.pass(14 * MINUTE);
    expect(await evaluate(all.adapter, { rules: pressing })).toEqual([]);
    all.pass(2 * MINUTE);
    expect(await evaluate(all.adapter, { rules: pressing })).toHaveLength(1);
  });

  test("that need not hold for any time fires at once, also where the store's clock was set back since it began", async () => {
    const all = setting();
    expect(await evaluate(all.adapter, { rules: pressing })).toEqual([]);
    all.pass(-6_000);
    await all.put(11);
    expect(await evaluate(all.adapter, { rules: pressing })).toHaveLength(1);
  });

  test("that five look at together fires once and resolves once", async () => {
    const all = setting();
    const together = async () =>
      Promise.all(Array.from({ length: 5 }, () => evaluate(all.adapter, { rules: pressing })));
    await together();
    await all.put(11);
    expect((await together()).flat()).toHaveLength(1);
    expect((await together()).flat()).toEqual([]);
    all.pass(MINUTE);
    await drain(all, 11);
    expect((await together()).flat()).toHaveLength(1);
    expect((await all.alerts()).map(({ state }) => state)).toEqual(["firing", "resolved"]);
  });

  test("whose evaluator dies after the store took it does not fire twice", async () => {
    const all = setting();
    const { adapter } = all;
    let dies = true;
    const deaf = patched(adapter, {
      async advance(steps) {
        const answer = await adapter.advance(steps);
        if (dies) throw new Error("the connection is gone");
        return answer;
      },
    });
    await all.put(11);
    await expect(evaluate(deaf, { rules: pressing })).rejects.toMatchObject({
      code: "backend_failed",
      message: expect.stringMatching(
        /^The backend failed to evaluate \(Error\), and may have done it or not: /,
      ) as unknown,
      cause: { message: "the connection is gone" },
    });
    dies = false;
    expect(await evaluate(deaf, { rules: pressing })).toEqual([]);
    expect(await all.alerts()).toHaveLength(1);
  });

  test("whose row cannot be written keeps no other rule from firing", async () => {
    const all = setting();
    const { adapter } = all;
    const lame = patched(adapter, {
      async advance(steps) {
        if (steps[0]?.name.startsWith("$alert:first:")) throw new Error("this shard is away");
        return adapter.advance(steps);
      },
    });
    await all.put(11);
    const rule = { severity: "warning", measure: "depth", above: 10 } as const;
    await expect(evaluate(lame, { rules: { first: rule, second: rule } })).rejects.toMatchObject({
      code: "backend_failed",
      cause: { message: "this shard is away" },
    });
    expect((await all.alerts()).map(({ rule }) => rule)).toEqual(["second"]);
  });

  test("of which the rows come from shards with differing clocks begins as one that never fired", async () => {
    for (const skew of [-3_000, 3_000]) {
      const all = setting();
      const { adapter } = all;
      const known = new Set<string>();
      // Each row exists for each shard: what is new is made by a clock that is ahead or behind.
      const skewed = patched(adapter, {
        async declare(refs) {
          for (const ref of refs.filter(({ name }) => name.endsWith(":fired") && !known.has(name))) {
            known.add(ref.name);
            all.pass(skew);
            await adapter.declare([ref]);
            all.pass(-skew);
          }
          return adapter.declare(refs);
        },
      });
      expect(await evaluate(skewed, { rules: pressing })).toEqual([]);
      await all.put(11);
      expect(await evaluate(skewed, { rules: pressing })).toHaveLength(1);
      await drain(all, 11);
      expect(await evaluate(skewed, { rules: pressing })).toHaveLength(1);
      expect((await all.alerts()).map(({ state }) => state)).toEqual(["firing", "resolved"]);
    }
  });

  test("looks at the queues that it names alone", async () => {
    const all = setting();
    await all.put(11);
    const deep = { severity: "warning", measure: "depth", above: 10 } as const;
    const rules = { quay: { ...deep, only: { queues: ["quay"] } }, yard: { ...deep, only: { queues: ["yard"] } } };
    expect((await evaluate(all.adapter, { rules })).map(({ rule }) => rule)).toEqual(["quay"]);
  });

  test("that makes no sense is refused before anything is done", async () => {
    const { adapter } = setting();
    const refused = async (rules: AlertRules): Promise<unknown> =>
      evaluate(adapter, { rules }).catch((error: LongshoreError) => error.code);
    const deep = { severity: "warning", measure: "depth", above: 10 } as const;
    expect(await refused({ "a:b": deep })).toBe("invalid_name");
    expect(await refused({ deep: { ...deep, above: Number.NaN } })).toBe("invalid_option");
    expect(await refused({ deep: { ...deep, resolveAt: 11 } })).toBe("invalid_option");
    expect(await refused({ deep: { ...deep, for: -1 } })).toBe("invalid_duration");
    expect(await refused({ few: { ...defaultRules.fewWorkers, expected: Number.NaN } })).toBe("invalid_option");
  });
});

/** Takes so many jobs out of the queue. */
async function drain({ queue }: ReturnType<typeof setting>, jobs: number): Promise<void> {
  if (jobs > 1_000) await drain({ queue } as ReturnType<typeof setting>, jobs - 1_000); // all that it needs
  const page = await queue.list({ queue: "quay", state: "enqueued", limit: Math.min(jobs, 1_000) });
  for (const { id } of page.jobs) await queue.remove(id);
}
