import { defineJob, handle, handleMany } from "@longshore/core";
import { type Happened, checkIdempotent } from "@longshore/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const charge = defineJob("charge", { input: z.object({ order: z.number() }) });
const input = { order: 7 };

/** A bank that knows its orders if it gets a key, a mail service that knows nothing, and a table. */
function world(happened: Happened) {
  const keys = new Set<string>();
  const rows = new Map<number, string>();
  return {
    bank: {
      async charge(order: number, key?: string) {
        if (key !== undefined && keys.has(key)) return;
        if (key !== undefined) keys.add(key);
        happened(`charged ${order}`);
      },
    },
    async mail(order: number) {
      happened(`mailed ${order}`);
    },
    table: {
      get: async (order: number) => rows.get(order),
      async set(order: number, state: string) {
        if (rows.get(order) === state) return;
        rows.set(order, state);
        happened(`row ${order} is ${state}`);
      },
    },
  };
}
type World = ReturnType<typeof world>;

describe("checkIdempotent", () => {
  test("finds nothing in a handler that passes its id on", async () => {
    const good = ({ bank, table }: World) =>
      handle(charge, async ({ order }, { id }) => {
        await bank.charge(order, id);
        await table.set(order, "paid");
      });
    expect(await checkIdempotent(good, input, { world })).toEqual({
      idempotent: true,
      effects: ["charged 7", "row 7 is paid"],
      repeated: [],
      missing: [],
      unfinished: [],
      summary: "2 effects, the same in each of 3 histories",
    });
  });

  test("finds what happens twice, and after which effect", async () => {
    const bad = ({ bank, mail }: World) =>
      handle(charge, async ({ order }, { id }) => {
        await bank.charge(order, id);
        await mail(order);
      });
    const { idempotent, repeated, summary } = await checkIdempotent(bad, input, { world });
    expect(idempotent).toBe(false);
    expect(repeated).toEqual([
      { crashed: "mailed 7", effect: "mailed 7", times: 2, expected: 1 },
      { crashed: "at the end", effect: "mailed 7", times: 2, expected: 1 },
    ]);
    expect(summary.split("\n")).toEqual([
      'mailed 7: 2 times instead of 1, if its process ends after "mailed 7"',
      "mailed 7: 2 times instead of 1, if its process ends before the job is settled",
    ]);
  });

  test("finds what never happens, because the first run had said that it was done", async () => {
    const early = ({ table, mail }: World) =>
      handle(charge, async ({ order }) => {
        if ((await table.get(order)) === "mailed") return;
        await table.set(order, "mailed");
        await mail(order);
      });
    const { repeated, missing } = await checkIdempotent(early, input, { world });
    expect([repeated, missing]).toEqual([
      [],
      [{ crashed: "row 7 is mailed", effect: "mailed 7", times: 0, expected: 1 }],
    ]);
  });

  test("finds a job that is never completed, because the second run cannot bear what the first did", async () => {
    const strict = ({ table }: World) =>
      handle(charge, async ({ order }) => {
        if ((await table.get(order)) !== undefined) throw new Error("there is a row");
        await table.set(order, "new");
      });
    const { idempotent, unfinished } = await checkIdempotent(strict, input, { world });
    const dead = { state: "dead", failure: "there is a row" };
    expect([idempotent, unfinished]).toEqual([
      false,
      [
        { crashed: "row 7 is new", ...dead },
        { crashed: "at the end", ...dead },
      ],
    ]);
  });

  test("gives the second run a higher attempt and token, and the same id", async () => {
    const seen: [string, number][] = [];
    const tokens: number[] = [];
    const looking = ({ mail }: World) =>
      handle(charge, async ({ order }, { id, attempt, token }) => {
        seen.push([id, attempt]);
        tokens.push(token);
        await mail(order);
      });
    await checkIdempotent(looking, input, { world });
    const id = seen[0]?.[0];
    expect(seen).toEqual([1, 1, 2, 1, 2].map((attempt) => [id, attempt]));
    expect(tokens[2]).toBeGreaterThan(tokens[1] ?? Infinity);
  });

  test("lets nothing happen in a process that has ended, even where the handler catches all", async () => {
    const stubborn = ({ mail, bank }: World) =>
      handle(charge, async ({ order }, { attempt, id }) => {
        if (attempt === 1) await mail(order).catch(() => {});
        await bank.charge(order, id);
        if (attempt === 2) return;
      });
    const { repeated, missing } = await checkIdempotent(stubborn, input, { world });
    expect([repeated, missing]).toEqual([[], []]);
  });

  test("ends a process at a function that returns no promise by an error", async () => {
    const sync = (happened: Happened) => Object.freeze({ log: (text: string) => happened(text) });
    const logging = ({ log }: ReturnType<typeof sync>) =>
      handle(charge, () => {
        log("one");
        log("two");
      });
    const { repeated } = await checkIdempotent(logging, input, { world: sync });
    expect(repeated.map(({ crashed, effect, times }) => [crashed, effect, times])).toEqual([
      ["one", "one", 2],
      ["two", "one", 2],
      ["two", "two", 2],
      ["at the end", "one", 2],
      ["at the end", "two", 2],
    ]);
  });

  test("tells of one effect as of one, in its summary and where it was to happen twice", async () => {
    const once = ({ bank }: World) => handle(charge, ({ order }, { id }) => bank.charge(order, id));
    const { summary } = await checkIdempotent(once, input, { world });
    expect(summary).toBe("1 effect, the same in each of 2 histories");
    let runs = 0;
    const twice = ({ bank }: World) =>
      handle(charge, async ({ order }, { id }) => {
        // Only the first history has both: the handler looks at what is not in its world.
        if (runs++ === 0) await bank.charge(order, "another key");
        await bank.charge(order, id);
      });
    const { summary: differs } = await checkIdempotent(twice, input, { world });
    expect(differs).toMatch(/^charged 7: 1 time instead of 2, /m);
  });

  test("knows effects that happen at once", async () => {
    const parallel = ({ mail }: World) =>
      handle(charge, async ({ order }) => void (await Promise.all([mail(order), mail(order + 1)])));
    const { effects, repeated } = await checkIdempotent(parallel, input, { world });
    expect([effects, repeated.length > 0]).toEqual([["mailed 7", "mailed 8"], true]);
  });

  test("tries a handler of many jobs with one", async () => {
    const many = ({ bank }: World) =>
      handleMany(charge, { size: 5, wait: "1s" }, async (jobs) => {
        for (const { input, context } of jobs) await bank.charge(input.order, context.id);
        return jobs.map(() => ({ status: "fulfilled", value: undefined }));
      });
    expect((await checkIdempotent(many, input, { world })).idempotent).toBe(true);
  });

  test("fails if the handler does not complete its job without a fault", async () => {
    const failing = () =>
      handle(charge, () => {
        throw new Error("broken");
      });
    await expect(checkIdempotent(failing, input, { world })).rejects.toThrow(
      "The handler has to complete its job if nothing goes wrong; the job was failed: broken",
    );
    await expect(checkIdempotent(failing, { order: "x" }, { world })).rejects.toMatchObject({
      code: "invalid_payload",
    });
  });

  test("fails if no stand-in tells of an effect: whatever the handler did twice, nothing would be found", async () => {
    const silent = () => ({ mail: async () => {} });
    const mailing = ({ mail }: ReturnType<typeof silent>) => handle(charge, () => mail());
    await expect(checkIdempotent(mailing, input, { world: silent })).rejects.toThrow(
      "No stand-in told of an effect, so nothing can be found that happens twice",
    );
  });

  test("refuses what is no handler for a world, and options that are none", async () => {
    const handler = handle(charge, () => {});
    await expect(checkIdempotent(handler as never, input, { world })).rejects.toMatchObject({ code: "invalid_option" });
    for (const options of [{}, { world: {} }, { world, wrld: world }]) {
      await expect(checkIdempotent(() => handler, input, options as never)).rejects.toMatchObject({
        code: "invalid_option",
      });
    }
  });
});
