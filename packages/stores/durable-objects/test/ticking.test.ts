import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Rule, type Schedule, createQueue, defineJob, every, handle, schedule } from "@longshore/core";
import { cron } from "@longshore/core/cron";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, metering } from "./worker.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let objects = 0;
let now = 0;
/** The ids of what was run. */
const ran: string[] = [];
const note = defineJob("note", { input: anyInput });

beforeEach(() => {
  // Three in the afternoon, some days ahead: alarms that are set to it never ring by themselves.
  now = Math.ceil(Date.now() / DAY) * DAY + 2 * DAY + 15 * HOUR;
  crew.adapter = { name: `ticking-${++objects}` };
  crew.schedules = [];
  crew.handlers = [handle(note, (_, { id }) => void ran.push(id))];
  metering.options = { clock: () => now };
  ran.length = 0;
});

const adapter = () => durableObjects(env.METERED, crew.adapter);
const stub = () => env.METERED.getByName(crew.adapter.name ?? "");
const until = (condition: () => unknown) => vi.waitUntil(condition, { interval: 1, timeout: 200_000 });
const alarmAt = () => runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());
const named = (name: string, rule: Rule): Schedule => schedule(name, rule, note.with({ n: 1 }));
const dueInMs = ({ name, rule }: Schedule) => adapter().dueInMs({ queues: [], schedules: [{ name, rule: rule.text }] });
const declared = (one: Schedule) => until(async () => (await dueInMs(one)) !== undefined);
const idOf = (name: string, at: number): string => `$schedule:${name}:${new Date(at).toISOString()}`;
/** The object's next life, with other schedules in the runner: what a deploy does. */
const deploy = async (...schedules: readonly Schedule[]): Promise<void> => {
  await evictDurableObject(stub());
  crew.schedules = [...schedules];
};
/** A deploy puts one schedule in the place of another, and the watchdog wakes the object. */
const replace = async (old: (typeof crew.schedules)[number], by: (typeof crew.schedules)[number]): Promise<void> => {
  crew.schedules = [old];
  await adapter().wake();
  await declared(old);
  await deploy(by);
  await adapter().wake();
  await declared(by);
};
/** Nothing runs whose lease would end when time passes. */
const settled = () =>
  until(async () => (await createQueue(adapter()).counts()).every(({ counts }) => counts.active === undefined));
/** Time passes, and then the alarm rings. */
const ringAfter = async (ms: number): Promise<void> => {
  now += ms;
  await runDurableObjectAlarm(stub());
};

describe("a schedule of a Worker to which nobody enqueues", () => {
  test("fires once the watchdog has woken the object for the first time", async () => {
    const often = named("often", every("5s"));
    crew.schedules = [often];
    await adapter().wake();
    await declared(often);
    const first = Math.floor(now / 5_000) * 5_000 + 5_000;
    await ringAfter(5_000);
    await until(() => ran.length === 1);
    await ringAfter(5_000);
    await until(() => ran.length === 2);
    expect(ran).toEqual([idOf("often", first), idOf("often", first + 5_000)]);
  });

  test("fires once anything at all has been asked of the object", async () => {
    const often = named("often", every("5s"));
    crew.schedules = [often];
    await createQueue(adapter()).get("no-such-job");
    await declared(often);
    await ringAfter(5_000);
    await until(() => ran.length === 1);
  });

  test("in each of several objects, though each looks for itself", async () => {
    crew.adapter = { ...crew.adapter, shards: 4 };
    const all = Array.from({ length: 20 }, (_, i) => named(`often-${i}`, every("5s")));
    crew.schedules = all;
    await adapter().wake();
    for (const one of all) await declared(one);
  });
});

describe("a deploy is noticed without an enqueue", () => {
  test("where it renames the only schedule", async () => {
    const [old, renamed] = [named("old", every("1h")), named("new", every("1h"))];
    await replace(old, renamed);
    await ringAfter(HOUR);
    await until(() => ran.length > 0);
    expect(ran).toEqual([idOf("new", Math.floor(now / HOUR) * HOUR)]);
  });

  test("where it moves one from 01:00 to 16:00, at 15:00: it fires at 16:00 on the same day", async () => {
    const [night, afternoon] = [named("daily", cron("0 1 * * *")), named("daily", cron("0 16 * * *"))];
    await replace(night, afternoon);
    expect(await dueInMs(afternoon)).toBe(HOUR);
    await ringAfter(HOUR);
    await until(() => ran.length > 0);
    expect(ran).toEqual([idOf("daily", now)]);
  });

  test("where it moves one from 01:00 to 13:00, at 15:00: it fires on the next day, and not at once", async () => {
    const [night, noon] = [named("daily", cron("0 1 * * *")), named("daily", cron("0 13 * * *"))];
    await replace(night, noon);
    expect([await dueInMs(noon), ran]).toEqual([22 * HOUR, []]);
  });

  test("by the alarm of the object, where there is no request either: a quarter of an hour later, at most", async () => {
    const [old, renamed] = [named("old", every("1d")), named("new", every("1d"))];
    crew.schedules = [old];
    await adapter().wake();
    await declared(old);
    await until(async () => ((await alarmAt()) ?? Infinity) - Date.now() <= 15 * MINUTE);
    await deploy(renamed);
    await ringAfter(15 * MINUTE);
    await declared(renamed);
  });
});

describe("what a version of the code does not know", () => {
  const shared = named("shared", every("1h"));
  const other = named("other", every("1h"));

  test("is tried again while another version may run, and fires as soon as that one ticks", async () => {
    crew.schedules = [shared, other];
    await adapter().wake();
    await declared(other);
    await deploy(shared);
    await ringAfter(HOUR);
    await until(() => ran.length === 1);
    expect([ran, await dueInMs(other)]).toEqual([[idOf("shared", now)], 0]);
    const nominal = now;
    crew.schedules = [shared, other];
    await settled();
    await ringAfter(MINUTE);
    await until(() => ran.length === 2);
    expect(ran[1]).toBe(idOf("other", nominal));
  });

  test("is tried again more and more rarely, up to a quarter of an hour", async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const tick = async (only?: readonly string[]): Promise<void> => void asked.push(only);
    metering.options = { clock: () => now, runner: { run: async () => {}, tick } };
    await adapter().wake();
    const ref = { name: "other", rule: "every 1h" };
    const { rows } = await adapter().declare([ref]);
    const from = rows[0]?.cursor ?? 0;
    await adapter().advance([{ ...ref, from, to: from, nextAt: now + MINUTE }]);
    await until(() => asked.length === 1);
    const waits: number[] = [];
    for (let at = now; waits.length < 6;) {
      const before = asked.length;
      await ringAfter(MINUTE);
      await runInDurableObject(stub(), () => {});
      // Those that name nothing look at all schedules, each quarter of an hour.
      if (asked.length === before || asked.at(-1) === undefined) continue;
      waits.push((now - at) / MINUTE);
      at = now;
    }
    expect(waits).toEqual([1, 1, 2, 4, 8, 15]);
  });

  test("is forgotten after a day, so that a rollback after that starts from now", async () => {
    crew.schedules = [shared, other];
    await adapter().wake();
    await declared(other);
    await deploy(shared);
    await ringAfter(HOUR);
    await until(() => ran.length === 1);
    await ringAfter(23 * HOUR);
    await until(async () => (await dueInMs(shared)) === HOUR);
    expect(await dueInMs(other)).toBe(0);
    await ringAfter(2 * HOUR);
    await until(async () => (await dueInMs(other)) === undefined);
    await deploy(shared, other);
    await adapter().wake();
    await declared(other);
    expect(ran.filter((id) => id.includes("other"))).toEqual([]);
  });
});

test("where no tick has come to an end yet, so that no schedule is known, the object looks again by itself", async () => {
  metering.options = {
    clock: () => now,
    runner: { run: async () => {}, tick: async () => Promise.reject(new Error("no worker")) },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  };
  await adapter().wake();
  for (const afterMs of [MINUTE, 2 * MINUTE]) {
    // Once the tick has failed.
    await until(alarmAt);
    expect(Number(await alarmAt()) - Date.now()).toBeLessThanOrEqual(afterMs);
    await ringAfter(afterMs);
  }
});

describe("the time of a schedule", () => {
  test("stands when a tick fails, and is ticked again", async () => {
    const hourly = { name: "hourly", rule: "every 1h" };
    let ticks = 0;
    metering.options = {
      clock: () => now,
      runner: { run: async () => {}, tick: async () => Promise.reject(new Error(`tick ${++ticks}`)) },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    };
    const { rows } = await adapter().declare([hourly]);
    const from = rows[0]?.cursor ?? now;
    await adapter().advance([{ ...hourly, from, to: from, nextAt: now + MINUTE }]);
    await ringAfter(MINUTE);
    await until(() => ticks === 1);
    expect(await adapter().dueInMs({ queues: [], schedules: [hourly] })).toBe(0);
    expect(Number(await alarmAt()) - Date.now()).toBeLessThanOrEqual(MINUTE);
    await ringAfter(MINUTE);
    await until(() => ticks === 2);
  });

  test("of one whose request throws stands, and the schedule beside it fires", async () => {
    const broken = schedule("broken", every("1h"), () => {
      throw new Error("no such template");
    });
    const sound = named("sound", every("1h"));
    crew.schedules = [broken, sound];
    await adapter().wake();
    await declared(broken);
    await ringAfter(HOUR);
    await until(() => ran.length === 1);
    expect([ran, await dueInMs(broken)]).toEqual([[idOf("sound", now)], 0]);
    const nominal = now;
    crew.schedules = [named("broken", every("1h")), sound];
    await settled();
    await ringAfter(MINUTE);
    await until(() => ran.length === 2);
    expect(ran[1]).toBe(idOf("broken", nominal));
  });
});

test("an object whose Worker has no schedules sets no alarm for them", async () => {
  await adapter().wake();
  await createQueue(adapter()).get("no-such-job");
  expect(await alarmAt()).toBeNull();
});

test("a tick that looks at another object's schedules does not make that one tick, too", async () => {
  let ticks = 0;
  metering.options = { clock: () => now, runner: { run: async () => {}, tick: async () => void ticks++ } };
  await adapter().declare([{ name: "hourly", rule: "every 1h" }]);
  await adapter().prune(1);
  await runInDurableObject(stub(), () => {});
  expect(ticks).toBe(0);
  await createQueue(adapter()).get("no-such-job");
  await until(() => ticks === 1);
});

test("schedules that are due are ticked by their names, and none of the others", async () => {
  const asked: (readonly string[] | undefined)[] = [];
  const tick = async (only?: readonly string[]): Promise<void> => void asked.push(only);
  metering.options = { clock: () => now, runner: { run: async () => {}, tick } };
  await adapter().wake();
  const refs = ["soon", "later"].map((name) => ({ name, rule: "every 1h" }));
  const { rows } = await adapter().declare(refs);
  const from = rows[0]?.cursor ?? 0;
  await adapter().advance(refs.map((ref, i) => ({ ...ref, from, to: from, nextAt: now + (i + 1) * MINUTE })));
  await until(() => asked.length === 1);
  await ringAfter(MINUTE);
  await until(() => asked.length === 2);
  expect(asked).toEqual([undefined, ["soon"]]);
});
