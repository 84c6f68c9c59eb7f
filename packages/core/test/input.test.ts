import { runInNewContext } from "node:vm";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ClaimedJob, NewJob, Settlement } from "../src/adapter.ts";
import {
  type AnySchema,
  type Handler,
  type Definition,
  type JobEvent,
  type LongshoreError,
  createQueue,
  createWorker,
  defineJob,
  handle,
} from "../src/index.ts";
import { claimed, scriptedBackend, manualTime } from "./scripted-backend.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

/** The job that a request becomes. */
async function made<S extends AnySchema>(definition: Definition<S, undefined>, input: unknown): Promise<NewJob> {
  const adapter = minimalAdapter();
  await createQueue(adapter).enqueue(definition, input as never); // callers may have no types
  const [job] = adapter.sent;
  if (job === undefined) throw new Error("nothing was sent");
  return job;
}

type Ran = { readonly settled: readonly Settlement[]; readonly told: string };

/** What becomes of a job in a worker's hands, and all that is told of it: events, settlements, log lines. */
async function ran(job: Partial<ClaimedJob>, binding: Handler): Promise<Ran> {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const events: JobEvent[] = [];
  const lines: unknown[] = [];
  const tell = (entry: object): void => void lines.push(entry);
  const worker = createWorker(backend, {
    handlers: [binding],
    onEvent: (event) => void events.push(event),
    log: { debug: tell, info: tell, warn: tell, error: tell },
    platform,
  });
  const running = worker.run([{ ...claimed("a"), ...job, id: "a", partition: undefined }]);
  await pass(1);
  await running;
  return { settled: backend.settled, told: JSON.stringify([events, lines, backend.settled]) };
}

/** The same of a job that has waited for a day for the reason for which it is given back. */
async function ranForADay({ payload, headers }: NewJob, binding: Handler): Promise<Ran> {
  const first = await ran({ payload, headers }, binding);
  const outcome = first.settled[0]?.outcome;
  const reason = (outcome?.type === "snooze" && outcome.reason) || "none";
  const last = await ran({ payload, headers, snoozed: { reason, forMs: 86_400_000 } }, binding);
  return { settled: last.settled, told: first.told + last.told };
}

/** Not zod's: its Standard Schema loses the promise of a check that rejects, which ends the process. */
const rejecting: AnySchema = v.pipeAsync(
  v.any(),
  v.checkAsync(async () => boom()),
);

/** A schema that counts how often it is asked. */
function counted<S extends AnySchema>(schema: S): { readonly schema: S; readonly asked: () => number } {
  let asked = 0;
  const standard = schema["~standard"];
  const validate = (value: unknown): unknown => (asked++, standard.validate(value));
  return { schema: { "~standard": { ...standard, validate } } as unknown as S, asked: () => asked };
}

describe("what the schema makes of the input is the job's input", () => {
  test("it is stored, without what the schema strips, and with what it adds", async () => {
    const login = defineJob("task", {
      input: z.object({ user: z.string().trim(), role: z.string().default("guest"), at: z.date().transform(toIso) }),
    });
    const { payload } = await made(login, { user: " ann ", password: "canary", at: new Date(0) });
    expect(payload).toBe('{"user":"ann","role":"guest","at":"1970-01-01T00:00:00.000Z"}');
  });

  test("id, partition and metadata are derived from it", async () => {
    const mail = defineJob("task", {
      input: z.object({ to: z.string().trim().toLowerCase() }),
      id: ({ to }) => `mail:${to}`,
      partition: ({ to }) => `to:${to}`,
      metadata: ({ to }) => ({ to }),
    });
    expect(await made(mail, { to: " Ann " })).toMatchObject({
      id: "mail:ann",
      partition: "to:ann",
      headers: { "m.to": "ann" },
    });
  });

  test("a handler gets the same on every attempt, a value that was drawn by chance included, and its own copy", async () => {
    let drawn = 0;
    const draw = z.object({ nonce: z.string().default(() => `drawn ${++drawn}`), list: z.array(z.number()) });
    const task = defineJob("task", { input: draw });
    const { payload, headers } = await made(task, { list: [1] });
    const seen: string[] = [];
    const handler = handle(task, (input) => {
      seen.push(JSON.stringify(input));
      input.list.push(2);
    });
    for (const attempt of [1, 2, 3]) await ran({ payload, headers, attempt }, handler);
    expect(seen).toEqual([payload, payload, payload]);
    expect(drawn).toBe(1 + 2); // its JSON Schema, in both directions, draws twice
  });

  test("a schema that throws refuses, at once or in time, and its words are for the caller alone", async () => {
    for (const throws of [
      z.string().refine(() => boom()),
      rejecting,
      counted({ "~standard": { version: 1, vendor: "test", validate: () => boom() } }).schema,
    ]) {
      const error = await refusal(() => made(defineJob("task", { input: throws }), "canary"));
      expect(error.code).toBe("invalid_payload");
      expect(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain("canary");
      expect(JSON.stringify(error.issues)).toContain("canary");
    }
  });
});

describe("a schema is asked as rarely as can be", () => {
  test.each(["at once", "in time"])("one that answers %s is asked once, at the enqueue", async (when) => {
    const slow = when === "in time";
    const { schema, asked } = counted(z.object({ n: z.number() }));
    const validate = async (value: unknown): Promise<unknown> => schema["~standard"].validate(value);
    const input = slow ? ({ "~standard": { ...schema["~standard"], validate } } as typeof schema) : schema;
    const task = defineJob("task", { input });
    const { payload, headers } = await made(task, { n: 1 });
    const inputs: unknown[] = [];
    await ran(
      { payload, headers },
      handle(task, (given) => void inputs.push(given)),
    );
    expect([inputs, asked()]).toEqual([[{ n: 1 }], 1]);
  });

  test("what was accepted is not refused later because time has passed", async () => {
    let now = 0;
    const task = defineJob("task", { input: z.object({ at: z.number().refine((at) => at >= now) }) });
    const { payload, headers } = await made(task, { at: 10 });
    now = 20;
    const { settled } = await ran(
      { payload, headers },
      handle(task, () => {}),
    );
    expect(settled.map(({ outcome }) => outcome.type)).toEqual(["complete"]);
  });
});

describe("a worker of another version", () => {
  const V1 = z.object({ userId: z.number() });
  const V2 = z.object({ userId: z.number(), email: z.email() });
  const older = defineJob("task", { input: V1 });
  const newer = defineJob("task", { input: V2 });

  test.each([
    ["older", newer, { userId: 1, email: "a@example.com" }, older, "complete"],
    ["newer", older, { userId: 1 }, newer, "snooze"],
  ])("that is %s takes what its schema takes, and gives the rest back", async (_age, from, input, to, outcome) => {
    const { payload, headers } = await made(from as typeof older, input);
    const { settled } = await ran(
      { payload, headers, attempt: 5 },
      handle(to, () => {}),
    );
    expect(settled.map((settlement) => settlement.outcome.type)).toEqual([outcome]);
  });

  test("runs with what its own schema makes of it", async () => {
    const { payload, headers } = await made(older, { userId: 1 });
    const wider = defineJob("task", { input: V1.extend({ plan: z.string().default("free") }) });
    const inputs: unknown[] = [];
    await ran(
      { payload, headers },
      handle(wider, (input) => void inputs.push(input)),
    );
    expect(inputs).toEqual([{ userId: 1, plan: "free" }]);
  });

  test("gives back what its schema throws at, too, or refuses in time", async () => {
    const { payload, headers } = await made(older, { userId: 1 });
    for (const input of [z.object({}).refine(() => boom()), rejecting]) {
      const { settled, told } = await ran(
        { payload, headers },
        handle(defineJob("task", { input }), () => {}),
      );
      expect(settled.map(({ outcome }) => outcome.type)).toEqual(["snooze"]);
      expect(told).not.toContain("canary");
    }
  });

  test("that waited a day for one that understands it makes it a dead letter, which says where it did not fit", async () => {
    const { settled } = await ranForADay(
      await made(older, { userId: 1 }),
      handle(newer, () => {}),
    );
    expect(settled).toMatchObject([
      { outcome: { type: "dead", failure: { message: expect.stringContaining("email (invalid_type)") } } },
    ]);
  });

  test("is told by the definition's `version`, whatever its schema says", async () => {
    let calls = 0;
    const strict = z.object({ n: z.number() }).refine(() => calls++ === 0);
    const { payload, headers } = await made(defineJob("task", { input: strict, version: "7" }), { n: 1 });
    expect(headers["s"]).toBe("7");
    const same = handle(defineJob("task", { input: z.object({ n: z.string() }), version: "7" }), () => {});
    const next = handle(defineJob("task", { input: strict, version: "8" }), () => {});
    expect((await ran({ payload, headers }, same)).settled[0]?.outcome.type).toBe("complete");
    expect((await ran({ payload, headers }, next)).settled[0]?.outcome.type).toBe("snooze");
  });
});

describe("a fingerprint", () => {
  const of = (input: AnySchema): string | undefined => defineJob("task", { input }).headers()["s"];

  test("is the same for the same schema, whatever it describes, and draws by chance", () => {
    const schema = (about: string): AnySchema =>
      z.object({
        id: z.string().default(() => String(Math.random())),
        title: z.string().describe(about),
        default: z.number(),
      });
    expect(of(schema("one"))).toMatch(/^~[\da-z]{1,7}$/);
    expect(of(schema("one"))).toBe(of(schema("two")));
  });

  test.each<[string, AnySchema, AnySchema]>([
    ["a field", z.object({ a: z.string() }), z.object({ a: z.string(), b: z.string() })],
    [
      "a field whose name is a word of JSON Schema",
      z.object({ default: z.string() }),
      z.object({ default: z.number() }),
    ],
    ["what is made", z.string().transform(Number).pipe(z.number()), z.string().transform(Number).pipe(z.int())],
    ["a part of what a vendor cannot describe", z.object({ a: z.date() }), z.object({ a: z.date(), b: z.string() })],
    ["arktype", type({ a: "string.numeric.parse" }), type({ a: "string" })],
    ["valibot's converter", toStandardJsonSchema(v.object({ a: v.date() })), toStandardJsonSchema(v.object({}))],
  ])("is another for another schema: %s", (_what, one, other) => {
    expect(of(one)).toBeDefined();
    expect(of(other)).toBeDefined();
    expect(of(one)).not.toBe(of(other));
  });

  test("is made once for a definition, when its first job needs it", async () => {
    let described = 0;
    const plain = z.object({});
    const jsonSchema = { input: () => (described++, {}), output: () => ({}) };
    const input = { "~standard": { ...plain["~standard"], jsonSchema } } as unknown as typeof plain;
    const task = defineJob("task", { input });
    expect(described).toBe(0);
    await createQueue(minimalAdapter()).enqueueMany([task.with({}), task.with({}), task.with({})]);
    expect(described).toBe(1);
  });

  test("is none where the schema has no JSON Schema, or one that throws: a worker asks such a schema again", async () => {
    const bare = v.object({ n: v.number() });
    const { payload, headers } = await made(defineJob("task", { input: bare }), { n: 1 });
    expect(headers).toEqual({ v: "1" });
    const { schema, asked } = counted(bare);
    const handler = handle(defineJob("task", { input: schema }), () => {});
    expect((await ran({ payload, headers }, handler)).settled[0]?.outcome.type).toBe("complete");
    expect(asked()).toBe(1);
  });

  test.each<[string, AnySchema, unknown]>([
    ["would not take its own output", v.pipe(v.string(), v.transform(Number)), "1"],
    [
      "would change it again",
      v.pipe(
        v.string(),
        v.transform((text) => `${text}!`),
      ),
      "a",
    ],
    [
      "would not take it in time",
      v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
        v.transform(Number),
      ),
      "1",
    ],
  ])(
    "is missed at the enqueue where a schema without one %s, and a version is as good",
    async (_what, input, value) => {
      const error = await refusal(() => made(defineJob("task", { input }), value));
      expect([error.code, error.message]).toEqual(["invalid_option", expect.stringContaining("`version`")]);
      const { headers } = await made(defineJob("task", { input, version: "1" }), value);
      expect(headers["s"]).toBe("1");
    },
  );
});

describe("a result", () => {
  const sized = defineJob("task", { input: z.object({}), output: z.object({ size: z.number() }) });

  test.each<[string, unknown, string]>([
    ["misses its schema", { size: "canary" }, "size (invalid_type)"],
    ["is not there", undefined, "the whole (invalid_type)"],
  ])("that %s makes a dead letter at once, and the work is not done again", async (_what, result, place) => {
    const { settled, told } = await ran(
      {},
      handle(sized, () => result as never),
    ); // callers may have no types
    expect(settled).toMatchObject([
      { outcome: { type: "dead", failure: { message: expect.stringContaining(place) } } },
    ]);
    expect(told).not.toContain("canary");
  });

  test.each<[string, AnySchema, unknown]>([
    ["would be changed by JSON", z.any(), { list: [undefined] }],
    ["is too large for the backend", z.string(), "x".repeat(2_000)],
    ["a schema throws at", z.any().refine(() => boom()), "canary"],
    ["a schema throws at, in time", rejecting, "canary"],
  ])("that %s is no reason to do the work again", async (_what, output, result) => {
    const task = defineJob("task", { input: z.object({}), output });
    const { settled, told } = await ran(
      {},
      handle(task, () => result),
    );
    expect(settled.map(({ outcome }) => outcome.type)).toEqual(["dead"]);
    expect(told).not.toContain("canary");
  });

  test("that may be missing completes the job without one", async () => {
    const task = defineJob("task", { input: z.object({}), output: z.object({ size: z.number() }).optional() });
    const { settled } = await ran(
      {},
      handle(task, () => undefined),
    );
    expect(settled.map(({ outcome }) => outcome)).toEqual([{ type: "complete" }]);
  });
});

describe("whatever validators say, nothing that is stored, logged or told quotes the payload", () => {
  const validators: Record<string, { readonly old: AnySchema; readonly schema: AnySchema; readonly place: string }> = {
    zod: {
      old: z.looseObject({}),
      schema: z.object({ card: z.object({ number: z.literal(["4111"], { error: ({ input }) => `not ${input}` }) }) }),
      place: "card.number (invalid_value)",
    },
    valibot: {
      old: v.looseObject({}),
      schema: v.object({ card: v.object({ number: v.pipe(v.string(), v.email()) }) }),
      place: "card.number (email)",
    },
    arktype: {
      old: type("object"),
      schema: type({ card: { number: "string.email" } }),
      place: "card.number (pattern)",
    },
  };
  const card = { card: { number: "canary@" } };

  test.each(Object.entries(validators))("%s: an enqueue names path and kind", async (_name, { schema, place }) => {
    const error = await refusal(() => made(defineJob("task", { input: schema }), card));
    expect([error.code, error.message]).toEqual(["invalid_payload", expect.stringContaining(place)]);
    expect(
      `${error.stack} ${String(error.cause)} ${JSON.stringify(error)} ${Object.values(error).join()}`,
    ).not.toContain("canary");
    // The caller, who has the payload, gets the validator's own words.
    expect(JSON.stringify(error.issues?.map(({ message }) => message))).toContain("canary");
  });

  test.each(Object.entries(validators))(
    "%s: an input of another version does",
    async (_name, { old, schema, place }) => {
      const handler = handle(defineJob("task", { input: schema }), () => {});
      const { settled, told } = await ranForADay(await made(defineJob("task", { input: old }), card), handler);
      expect(settled).toMatchObject([
        { outcome: { type: "dead", failure: { message: expect.stringContaining(place) } } },
      ]);
      expect(told).not.toContain("canary");
    },
  );

  test.each(Object.entries(validators))("%s: a result does", async (_name, { schema, place }) => {
    const task = defineJob("task", { input: z.object({}), output: schema });
    const { settled, told } = await ran(
      {},
      handle(task, () => card),
    );
    expect(settled).toMatchObject([
      { outcome: { type: "dead", failure: { message: expect.stringContaining(place) } } },
    ]);
    expect(told).not.toContain("canary");
  });
});

test("an asynchronous refusal in a batch, beside one that comes at once, leaves nothing behind", async () => {
  const slow = defineJob("slow", { input: z.string().refine(async () => false) });
  const quick = defineJob("quick", { input: z.string() });
  const adapter = minimalAdapter();
  const requests = [slow.with("a"), slow.with("b"), quick.with("c"), quick.with(1 as never), slow.with("d")];
  expect(await codeOf(() => createQueue(adapter).enqueueMany(requests))).toBe("invalid_payload");
  expect(await codeOf(() => createQueue(adapter).enqueueMany(requests.slice(0, 3)))).toBe("invalid_payload");
  expect(adapter.sent).toEqual([]);
});

test("a promise of another realm is awaited like any other", async () => {
  const standard = z.object({ n: z.number() })["~standard"];
  const resolve = runInNewContext("(value) => Promise.resolve(value)") as (value: unknown) => unknown; // as written
  const validate = (value: unknown): unknown => resolve(standard.validate(value));
  const task = defineJob("task", { input: { "~standard": { ...standard, validate } } as unknown as AnySchema });
  expect((await made(task, { n: 1 })).payload).toBe('{"n":1}');
  expect(await codeOf(() => made(task, { n: "1" }))).toBe("invalid_payload");
});

function toIso(date: Date): string {
  return date.toISOString();
}

function boom(): never {
  throw new Error("canary");
}

async function refusal(call: () => Promise<unknown>): Promise<LongshoreError> {
  try {
    await call();
  } catch (error) {
    return error as LongshoreError; // its code is looked at
  }
  throw new Error("it was taken");
}
