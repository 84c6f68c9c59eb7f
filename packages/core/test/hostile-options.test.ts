import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Adapter, Control, Inspect, Traits } from "../src/adapter.ts";
import {
  type Definition,
  type Duration,
  type JobOptions,
  type MissedPolicy,
  createQueue,
  createWorker,
  custom,
  defineJob,
  every,
  exponential,
  fixed,
  handle,
  linear,
  retryAfter,
  schedule,
  snooze,
} from "../src/index.ts";
import { LINEAR, growth } from "./growth-of-cost.ts";
import { claimed, scriptedBackend, silent, task, manualTime } from "./scripted-backend.ts";
import { inherited } from "./prototypes.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { ODD_TEXTS, untyped } from "./untyped-callers.ts";

const input = z.object({});
const ID = /^[\w.:@/+=~-]{1,200}$/;
/** Of what stands, which the library may have named. */
const REF = /^\$?[\w.:@/+=~$-]{1,200}$/;
const NAME = /^[a-z\d][\w.-]{0,99}$/i;

/** A definition that no compiler has seen. */
const defineUntyped = defineJob as (name: string, options: object) => Definition;
const untouched = inherited();

/** What was sent is as the contract says, whatever the options were. */
function expectWellFormed({ sent }: ReturnType<typeof minimalAdapter>): void {
  for (const { id, partition = "a", priority, due, headers } of sent) {
    expect([id, partition]).toEqual([expect.stringMatching(ID), expect.stringMatching(ID)]);
    expect([priority, ...Object.values(due)].every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
    expect(headers["v"]).toBe("1");
    for (const [key, text] of Object.entries(headers)) {
      expect([key, typeof text]).toEqual([expect.stringMatching(/^([vsat]|m\.[a-zA-Z\d][\w.-]*)$/), "string"]);
    }
  }
}

describe("X18: options of another type", () => {
  test.each(["id", "partition", "delay", "runAt", "priority", "metadata", "attempts", "timeout", "keep"])(
    "than %s are our error, or sent as what they should be",
    async (option) => {
      const sent = fc.asyncProperty(untyped, async (value) => {
        const adapter = minimalAdapter();
        const options = { [option]: value } as JobOptions;
        const code = await codeOf(() => createQueue(adapter).enqueue(task, {}, options));
        expect(adapter.sent).toHaveLength(code === undefined ? 1 : 0);
        expectWellFormed(adapter);
      });
      await fc.assert(sent, { numRuns: 500 });
    },
  );

  test.each<[what: string, options: unknown]>([
    ["a runAt that is null", { runAt: null }],
    ["a runAt that is empty, as in a form", { runAt: "" }],
    ["a runAt as text", { runAt: "5" }],
    ["a runAt in a list", { runAt: [5] }],
    ["a runAt that is true", { runAt: true }],
    ["a runAt that is a symbol", { runAt: Symbol("now") }],
    ["a runAt with a valueOf of its own", { runAt: { valueOf: () => 5 } }],
    ["a runAt whose valueOf is no function", { runAt: JSON.parse('{"valueOf":5,"toString":5}') }],
    ["a priority as text", { priority: "5" }],
    ["metadata that are numbers", { metadata: { a: 5 } }],
    ["metadata named __proto__", { metadata: JSON.parse('{"__proto__":"x"}') }],
  ])("such as %s are refused", async (_what, options) => {
    const adapter = minimalAdapter();
    const code = await codeOf(() => createQueue(adapter).enqueue(task, {}, options as JobOptions));
    expect([code, adapter.sent]).toEqual(["invalid_option", []]);
  });

  test.each(["id", "partition", "metadata"])(
    "than %s are our error where a definition derives them",
    async (option) => {
      const sent = fc.asyncProperty(untyped, async (value) => {
        const adapter = minimalAdapter();
        const odd = defineUntyped("odd", { input, [option]: () => value });
        const code = await codeOf(() => createQueue(adapter).enqueue(odd, {}));
        expect(adapter.sent).toHaveLength(code === undefined ? 1 : 0);
        expectWellFormed(adapter);
      });
      await fc.assert(sent, { numRuns: 300 });
    },
  );

  test.each(["queue", "timeout", "keep", "priority", "version"])(
    "than %s are refused where a job is defined",
    async (option) => {
      const defined = fc.asyncProperty(untyped, async (value) => {
        await codeOf(() => {
          const { queue, timeoutMs, keepMs, priority = 5 } = defineUntyped("job", { input, [option]: value });
          expect(queue).toMatch(NAME);
          expect([timeoutMs, keepMs, priority].every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
        });
      });
      await fc.assert(defined, { numRuns: 300 });
    },
  );

  test("than a reference are refused by every verb, and the store is not asked", async () => {
    const asked: unknown[] = [];
    const queue = createQueue(askedStore(asked));
    const given = fc.asyncProperty(
      fc.oneof(untyped, fc.record({ id: untyped, partition: untyped }, { requiredKeys: [] })),
      fc.constantFrom("get", "cancel", "replay", "runNow", "remove"),
      async (ref, verb) => {
        asked.length = 0;
        const { id, partition = "a" } = typeof ref === "string" ? { id: ref } : Object(ref);
        const valid = [id, partition].every((text) => typeof text === "string" && REF.test(text));
        const code = await codeOf(() => queue[verb](ref as string));
        expect([code, asked.length]).toEqual(valid ? [undefined, 1] : ["invalid_id", 0]);
      },
    );
    await fc.assert(given, { numRuns: 500, examples: [["$", "get"]] });
  });

  test("than a worker's are our error", async () => {
    const adapter = scriptedBackend(manualTime().platform);
    const make = fc.asyncProperty(
      fc.constantFrom("queues", "poll", "priorityAge"),
      fc.oneof(untyped, fc.dictionary(fc.string(), untyped), fc.dictionary(fc.string(), fc.nat())),
      async (option, value) => {
        await codeOf(() => createWorker(adapter, { handlers: [], log: silent, [option]: value }));
      },
    );
    // null is no object of queues, and the language says so.
    await fc.assert(make, { numRuns: 500 });
  });
});

describe("X33: any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...ODD_TEXTS),
    fc.stringMatching(/^[a-zA-Z\d][\w.-]{0,99}$/),
  );

  test("is a name by the grammar, and kept as it is, or refused", () => {
    const named = fc.asyncProperty(text, async (name) => {
      const rule = every("1h");
      const codes = [
        await codeOf(() => expect(defineJob(name, { input }).name).toBe(name)),
        await codeOf(() => expect(defineJob("job", { input, queue: name }).queue).toBe(name)),
        await codeOf(() => expect(schedule(name, rule, task.with({})).name).toBe(name)),
        await codeOf(() => createQueue(askedStore([])).pause(name)),
        await codeOf(() =>
          createWorker(minimalAdapter(), { handlers: [], queues: Object.fromEntries([[name, 1]]), log: silent }),
        ),
      ];
      expect(codes).toEqual(Array(5).fill(NAME.test(name) ? undefined : "invalid_name"));
    });
    return fc.assert(named, { numRuns: 500 });
  });

  test("is an id by the grammar, and kept as it is, or refused", () => {
    const named = fc.asyncProperty(fc.oneof(text, fc.stringMatching(ID)), async (id) => {
      const adapter = minimalAdapter();
      const code = await codeOf(() => createQueue(adapter).enqueue(task, {}, { id, partition: id }));
      const valid = ID.test(id);
      expect([code, adapter.sent[0]?.id]).toEqual(valid ? [undefined, id] : ["invalid_id", undefined]);
    });
    return fc.assert(named, { numRuns: 500 });
  });

  test("of any length costs no more than linear work as a name, an id, metadata or a duration", async () => {
    const refused = async (call: () => unknown): Promise<void> => void (await codeOf(call));
    for (const unit of ["a", "a.", "a b", "1h", "0", "1", "€", "\ud800"]) {
      const time = growth(4_000, (size) => {
        const long = unit.repeat(size);
        void refused(() => defineJob(long, { input }));
        void refused(() => createQueue(minimalAdapter()).enqueue(task, {}, { id: long }));
        void refused(() => createQueue(minimalAdapter()).enqueue(task, {}, { metadata: { a: long } }));
        void refused(() => every(long as Duration));
        void refused(() => every(`${long}ms` as Duration));
      });
      expect([unit, time]).toEqual([unit, expect.toSatisfy((times: number) => times < LINEAR)]);
    }
  });
});

describe("any duration", () => {
  const parts = fc.array(fc.tuple(fc.oneof(fc.nat(), fc.bigInt()), fc.constantFrom("d", "h", "m", "s", "ms", "w", "")));
  const duration = fc.oneof(
    untyped,
    fc.double(),
    parts.map((all) => all.map(([count, unit]) => `${count}${unit}`).join("")),
  ) as fc.Arbitrary<Duration>;
  const isMs = (ms: unknown): boolean => Number.isSafeInteger(ms) && Number(ms) >= 0 && !Object.is(ms, -0);

  test("is whole milliseconds or our error, wherever it is read", async () => {
    const adapter = minimalAdapter({ maxDelayMs: Infinity });
    const read = fc.asyncProperty(duration, async (value) => {
      const declared = [
        await codeOf(() => expect(defineJob("job", { input, keep: value }).keepMs).toSatisfy(isMs)),
        await codeOf(() => expect(fixed({ delay: value }).delayMs(1, 0.5)).toSatisfy(isMs)),
      ];
      const waited = [
        await codeOf(() => expect(retryAfter(value, "later").delayMs).toSatisfy(isMs)),
        await codeOf(() => expect(snooze(value).delayMs).toSatisfy(isMs)),
        await codeOf(() => createQueue(adapter).enqueue(task, {}, { delay: value })),
      ];
      // What is left of a time that is over is no time; declared it is a mistake.
      const over = typeof value === "number" && value <= -1;
      const codes = over ? waited : [...declared, ...waited];
      // What is left out is the default in some places, and missing in others.
      expect(value === undefined || new Set(codes.map((code) => code === undefined)).size === 1).toBe(true);
      await codeOf(() => expect(every(value).next(0)).toSatisfy(isMs));
    });
    await fc.assert(read, { numRuns: 1_000 });
  });

  test("F26: in a retry policy leaves every delay finite, or the policy is refused", async () => {
    const options = fc.record(
      { attempts: untyped, jitter: untyped, maxElapsed: untyped, first: duration, max: duration, delay: duration },
      { requiredKeys: [] },
    );
    const made = fc.asyncProperty(
      fc.oneof(options, fc.record({ first: duration, max: duration }, { requiredKeys: [] })),
      fc.oneof(untyped, fc.double({ min: 1 })),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (given, factor, attempt, random) => {
        for (const policy of [
          () => exponential({ ...(given as object), factor: factor as number }),
          () => linear(given as object),
          () => custom({ ...(given as object), delay: () => factor as Duration }),
          () => custom({ delay: () => factor as Duration }),
        ]) {
          const code = await codeOf(() => {
            const { attempts, delayMs } = policy();
            expect(delayMs(attempt, random)).toSatisfy(isMs);
            expect(Number.isInteger(attempts) && attempts > 0 && attempts <= 1_000_000).toBe(true);
          });
          expect([undefined, "invalid_retry"]).toContain(code);
        }
      },
    );
    await fc.assert(made, { numRuns: 500 });
  });

  test("any policy for missed occurrences is one or refused", async () => {
    const declared = fc.asyncProperty(fc.oneof(untyped, fc.record({ all: untyped })), async (missed) => {
      const declare = (): unknown => schedule("s", every("1h"), task.with({}), { missed: missed as MissedPolicy });
      const { all } = Object(missed);
      const most = typeof all === "number" && Number.isInteger(all) && all > 0 && all <= 1_000;
      const valid = most || missed === undefined || missed === "latest" || missed === "skip";
      expect(await codeOf(declare)).toBe(valid ? undefined : "invalid_schedule");
    });
    await fc.assert(declared, { numRuns: 300 });
  });
});

test("no option has changed what objects inherit", () => {
  expect(inherited()).toEqual(untouched);
});

test("a poll of nothing leaves other turns to others", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const ran: string[] = [];
  const handlers = [handle(task, (_input, { id }) => void ran.push(id))];
  const worker = createWorker(backend, { handlers, poll: 0, log: silent, platform });
  worker.start();
  backend.claims.push([], [claimed("a")]);
  await pass(10);
  expect(ran).toEqual(["a"]);
  void worker.stop();
  await pass(30_000);
});

type StoreTraits = Traits & {
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly dependencies: true;
  readonly ordered: true;
};

/** A store that notes what it was asked, and knows nothing. */
function askedStore(asked: unknown[]): Adapter<StoreTraits> & Inspect & Control {
  const note =
    <Answer>(answer: Answer) =>
    async (refs?: unknown): Promise<Answer> => {
      asked.push(refs);
      return answer;
    };
  const gone = note([{ status: "gone" }] as const);
  return {
    ...minimalAdapter(),
    get: note([]),
    list: note({ jobs: [] }),
    counts: note([]),
    cancel: gone,
    replay: gone,
    runNow: gone,
    remove: gone,
    pause: note(undefined),
    resume: note(undefined),
  };
}
