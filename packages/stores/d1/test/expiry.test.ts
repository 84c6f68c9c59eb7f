import { env } from "cloudflare:workers";
import type { NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { beforeEach, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { empty, metered } from "./meter.ts";

let now = 0;
let fails = (_sql: string): boolean => false;
const { database, meter } = metered(env.DB);
const asked = new Map<object, string>();
const adapter = d1(
  {
    prepare: (sql) => ({
      bind(...values) {
        const statement = database.prepare(sql).bind(...values);
        asked.set(statement, sql);
        return statement;
      },
    }),
    async batch(statements: D1PreparedStatement[]) {
      if (statements.some((one) => fails(asked.get(one) ?? ""))) throw new Error("the link is down");
      return database.batch(statements);
    },
  },
  { clock: () => now },
);

beforeEach(async () => {
  now = 1_000_000;
  fails = () => false;
  await adapter.migrate();
  await empty(env.DB);
});

const job = (id: string, startWithinMs?: number): NewJob => newJob(id, { keepMs: 60_000, startWithinMs });
const told = async () =>
  (await adapter.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 30_000 })).map(
    ({ id, expired = false }) => [id, expired] as const,
  );
async function written(run: () => Promise<unknown>): Promise<number> {
  const before = meter.written;
  await run();
  return meter.written - before;
}

test("a job with a time to begin costs as many rows as one without, and one that has not begun two for its end", async () => {
  await adapter.enqueue([job("raises the version of the tables", 1_000)]);
  await told();
  const costs = async (id: string, startWithinMs?: number) => [
    await written(() => adapter.enqueue([job(id, startWithinMs)])),
    await written(told),
  ];
  expect(await costs("brief", 1_000)).toEqual(await costs("plain"));
  await adapter.enqueue([job("late", 1_000)]);
  now += 1_001;
  const [first, last] = [await written(told), (await adapter.get([{ id: "late" }]))[0]?.state];
  const plain = await costs("other");
  expect([first - (plain[1] ?? 0), last]).toEqual([2, "cancelled"]);
});

test("what a claim has leased is not lost if what has expired cannot be ended, and the next one ends it", async () => {
  await adapter.enqueue([job("late", 1_000), job("on time")]);
  now += 1_001;
  fails = (sql) => /SET ended = 'cancelled'/.test(sql);
  expect(await told()).toEqual([["on time", false]]);
  fails = () => false;
  expect(await told()).toEqual([["late", true]]);
  expect(await told()).toEqual([]);
});

test("of two claims that find the same job too late, one tells it", async () => {
  await adapter.enqueue([job("late", 1_000)]);
  now += 1_001;
  expect((await Promise.all([told(), told(), told()])).flat()).toEqual([["late", true]]);
});

test("the failures of a job that expires again and again are the first and the last nine", async () => {
  await adapter.enqueue([job("late", 1_000)]);
  const times: number[] = [];
  for (let life = 0; life < 13; life++) {
    now += 1_001;
    times.push(now);
    expect(await told()).toEqual([["late", true]]);
    await adapter.replay([{ id: "late" }]);
  }
  const [row] = await adapter.get([{ id: "late" }]);
  expect(row?.failures.map(({ at }) => at)).toEqual([times[0], ...times.slice(-9)]);
});

test("a repeated settlement is known after the job has expired", async () => {
  await adapter.enqueue([job("late", 1_000)]);
  const [claimed] = await adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
  const settlement = { id: "late", token: claimed?.token ?? 0, outcome: { type: "snooze", delayMs: 0 } } as const;
  expect(await adapter.settle([settlement])).toEqual(["accepted"]);
  now += 1_001;
  expect(await told()).toEqual([["late", true]]);
  expect(await adapter.settle([settlement])).toEqual(["repeated"]);
});
