import { expect, test } from "vitest";
import { z } from "zod";
import { nextTat, opensAt } from "../src/adapter.ts";
import { type Definition, type ThrottleOptions, codeOf, createQueue, defineJob, defineQueue } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const input = z.object({ api: z.string() });
const throttle: ThrottleOptions = { limit: 100, per: "1m" };

async function limitsOf(definition: unknown): Promise<unknown> {
  const adapter = minimalAdapter({ limits: true, throttle: true });
  await createQueue(adapter).enqueue(definition as Definition<typeof input>, { api: "x" });
  return adapter.sent[0]?.limits;
}

test("a rate is that of the key, of the definition, of the key of its concurrency, or of its queue", async () => {
  const rate = { everyMs: 600, burst: 1 };
  const key = ({ api }: { readonly api: string }) => api;
  expect(await limitsOf(defineJob("a", { input, throttle: { ...throttle, key } }))).toEqual({
    key: 'n:default:a:"x"',
    rate,
  });
  expect(await limitsOf(defineJob("a", { input, throttle }))).toEqual({ key: "n:default:a:", rate });
  expect(await limitsOf(defineJob("a", { input, throttle, concurrency: { key, limit: 2 } }))).toEqual({
    key: 'n:default:a:"x"',
    running: 2,
    rate,
  });
  const queue = defineQueue("mail", { throttle: { ...throttle, burst: 4 }, concurrency: 3 });
  expect(await limitsOf(defineJob("a", { input, queue }))).toEqual({
    queue: 3,
    key: "q:mail:",
    rate: { everyMs: 600, burst: 4 },
  });
});

test("a job is in one line: two keys, and a throttled queue beside own limits, are refused", () => {
  const key = (): number => 1;
  const queue = defineQueue("mail", { throttle });
  const code = (options: object): unknown => {
    try {
      return defineJob("a", { input, ...options });
    } catch (error) {
      return codeOf(error);
    }
  };
  expect(code({ throttle: { ...throttle, key }, concurrency: { key } })).toBe("invalid_option");
  expect(code({ queue, concurrency: { key } })).toBe("invalid_option");
  expect(code({ queue, throttle })).toBe("invalid_option");
});

test("a key lets its burst start at once, then one each time, and never saves up more than the burst", () => {
  const rate = { everyMs: 10, burst: 3 };
  const starts: number[] = [];
  let tat: number | undefined;
  for (let now = 0; now < 200; now++) {
    if (now >= 50 && now < 150) continue;
    while (opensAt(rate, tat, now) <= now) {
      tat = nextTat(rate, tat, now);
      starts.push(now);
    }
  }
  expect(starts).toEqual([0, 0, 0, 10, 20, 30, 40, 150, 150, 150, 160, 170, 180, 190]);
});

test("a clock that is set back a little closes a key a little longer; set back far, or with another rate, it is open", () => {
  const rate = { everyMs: 10, burst: 3 };
  let tat: number | undefined;
  for (const now of [5_000, 5_000, 5_000]) tat = nextTat(rate, tat, now);
  expect(opensAt(rate, tat, 4_995)).toBe(5_010);
  expect([opensAt(rate, tat, 1_000), nextTat(rate, tat, 1_000)]).toEqual([1_000, 1_010]);
  expect(opensAt({ everyMs: 1, burst: 1 }, tat, 5_000)).toBe(5_000);
});

test("an order is a line of its own: beside concurrency or a throttle it is refused, and on an adapter without it", async () => {
  const key = ({ api }: { readonly api: string }) => api;
  const order = { key };
  const adapter = minimalAdapter({ limits: true, order: true });
  const ordered = defineJob("a", { input, order }) as unknown as Definition<typeof input>;
  await createQueue(adapter).enqueue(ordered, { api: "x" });
  expect(adapter.sent[0]?.limits).toEqual({ key: 'n:default:a:"x"', running: 1, ordered: true });
  const refused = expect.objectContaining({ code: "invalid_option" });
  // @ts-expect-error types refuse it, too
  expect(() => defineJob("a", { input, order, concurrency: { key } })).toThrow(refused);
  expect(() => defineJob("a", { input, order, throttle })).toThrow(refused);
  expect(() => defineJob("a", { input, order, queue: defineQueue("mail", { throttle }) })).toThrow(refused);
  const other = createQueue(minimalAdapter({ limits: true }));
  await expect(other.enqueue(ordered, { api: "x" })).rejects.toMatchObject({ code: "invalid_option" });
});
