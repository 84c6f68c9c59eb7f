import { expect, test } from "vitest";
import { z } from "zod";
import {
  type ErrorCode,
  type JobEvent,
  type JobOptions,
  type LogEntry,
  createQueue,
  createWorker,
  defineJob,
  every,
  schedule,
} from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const note = defineJob("note", { input: z.object({ text: z.string() }) });

const refusals: readonly (readonly [what: string, code: ErrorCode, options: JobOptions])[] = [
  ["an empty id", "invalid_id", { id: "" }],
  ["an id with a space", "invalid_id", { id: "a b" }],
  ["an id of 201 characters", "invalid_id", { id: "x".repeat(201) }],
  ["X31: a partition with a quote", "invalid_id", { partition: "a'; DROP TABLE jobs;--" }],
  ["a delay that is no number", "invalid_duration", { delay: Number.NaN }],
  ["a delay over the backend's longest", "delay_too_long", { delay: "2d" }],
  ["a delay together with a runAt", "invalid_option", { delay: 1, runAt: 1 }],
  ["a runAt that is no date", "invalid_option", { runAt: new Date("never") }],
  ["a runAt in seconds", "invalid_option", { runAt: 1_796_000_000 }],
  ["a Date of seconds", "invalid_option", { runAt: new Date(1_796_000_000) }],
  ["a runAt in microseconds", "invalid_option", { runAt: 1_796_000_000_000_000 }],
  ["onFailed of a job that comes after none", "invalid_option", { onFailed: "run" }],
  ["a priority of 10", "invalid_option", { priority: 10 }],
  ["a fraction as a priority", "invalid_option", { priority: 1.5 }],
  [
    "metadata of 17 entries",
    "invalid_option",
    { metadata: Object.fromEntries([..."abcdefghijklmnopq"].map((k) => [k, ""])) },
  ],
  ["no attempts", "invalid_option", { attempts: 0 }],
  ["more attempts than the definition's", "invalid_option", { attempts: 6 }],
  ["a timeout of nothing", "invalid_duration", { timeout: 0 }],
  ["a timeout longer than the definition's", "invalid_option", { timeout: "61s" }],
  ["a timeout that is no duration", "invalid_duration", { timeout: Number.NaN }],
  ["a keep that is no duration", "invalid_duration", { keep: -1 }],
  ["metadata with a value of 257 characters", "invalid_option", { metadata: { key: "x".repeat(257) } }],
];

for (const [what, code, options] of refusals) {
  test(`${what} is refused as ${code}, and nothing is sent`, async () => {
    const adapter = minimalAdapter();
    expect(await codeOf(() => createQueue(adapter).enqueue(note, { text: "" }, options))).toBe(code);
    expect(adapter.sent).toEqual([]);
  });
}

test("what one job has for itself is sent with it, and nothing of it with others", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  await queue.enqueue(note, { text: "own" }, { attempts: 2, timeout: "5s", keep: "1h" });
  await queue.enqueueMany([
    note.with({ text: "most" }, { attempts: 5, timeout: "1m", keep: 0 }),
    note.with({ text: "" }),
  ]);
  const { v, s } = note.headers();
  expect(adapter.sent.map(({ headers, keepMs }) => [headers, keepMs])).toEqual([
    [{ v, s, a: "2", t: "5000" }, 3_600_000],
    [{ v, s, a: "5", t: "60000" }, 0],
    [{ v, s }, 86_400_000],
  ]);
});

test("one bad input refuses its whole batch before anything is sent", async () => {
  const adapter = minimalAdapter();
  const bad = note.with(JSON.parse('{"text":1}'));
  expect(await codeOf(() => createQueue(adapter).enqueueMany([note.with({ text: "good" }), bad]))).toBe(
    "invalid_payload",
  );
  expect(adapter.sent).toEqual([]);
});

test("an adapter that can only enqueue, such as that of an open transaction, makes a queue that can only enqueue", async () => {
  const { name, traits, enqueue, sent } = minimalAdapter();
  const queue = createQueue({ name, traits, enqueue });
  await queue.enqueue(note, { text: "in the transaction" });
  expect(sent.map(({ payload }) => payload)).toEqual(['{"text":"in the transaction"}']);
  expect(Object.keys(queue)).toEqual(["enqueue", "enqueueMany"]);
  expect(await codeOf(async () => createQueue({ name, traits } as never))).toBe("invalid_option");
});

test("a batch of 1 001 is refused", async () => {
  const requests = Array.from({ length: 1_001 }, () => note.with({ text: "" }));
  expect(await codeOf(() => createQueue(minimalAdapter()).enqueueMany(requests))).toBe("batch_too_large");
});

test("a payload is measured in bytes of UTF-8, not in characters", async () => {
  const adapter = minimalAdapter({ maxPayloadBytes: 100 });
  const queue = createQueue(adapter);
  await queue.enqueue(note, { text: "x".repeat(89) });
  expect(await codeOf(() => queue.enqueue(note, { text: "x".repeat(90) }))).toBe("payload_too_large");
  expect(await codeOf(() => queue.enqueue(note, { text: "é".repeat(60) }))).toBe("payload_too_large");
  expect(adapter.sent).toHaveLength(1);
});

test("X16: a key named __proto__ is data like any other", async () => {
  const adapter = minimalAdapter();
  const anything = defineJob("anything", { input: z.any() });
  await createQueue(adapter).enqueue(anything, JSON.parse('{"__proto__":{"admin":true}}'));
  expect(adapter.sent[0]?.payload).toBe('{"__proto__":{"admin":true}}');
  expect(Reflect.get({}, "admin")).toBeUndefined();
});

test("a definition derives the id, the partition and the metadata, and an enqueue may say otherwise", async () => {
  const adapter = minimalAdapter();
  const mail = defineJob("mail", {
    input: z.object({ user: z.number() }),
    id: ({ user }) => `mail:${user}`,
    partition: ({ user }) => `user:${user}`,
    metadata: ({ user }) => ({ user_id: String(user) }),
  });
  const queue = createQueue(adapter);
  await queue.enqueue(mail, { user: 1 });
  await queue.enqueue(mail, { user: 1 }, { id: "other", partition: "elsewhere", metadata: {} });
  expect(adapter.sent.map(({ id, partition }) => [id, partition])).toEqual([
    ["mail:1", "user:1"],
    ["other", "elsewhere"],
  ]);
});

test("metadata that came from a job is handed on without what the library said of that job, and counts by what is left", async () => {
  const adapter = minimalAdapter();
  const full = Object.fromEntries([..."abcdefghijklmnop"].map((key) => [key, ""]));
  await createQueue(adapter).enqueue(note, { text: "" }, { metadata: { ...full, $schedule: "daily", $x: "" } });
  expect(adapter.sent[0]?.headers).not.toHaveProperty(["m.$schedule"]);
  expect(Object.keys(adapter.sent[0]?.headers ?? {}).filter((key) => key.startsWith("m."))).toHaveLength(16);
});

test("ids that nobody chose are unique and sort by the time of their making", async () => {
  const adapter = minimalAdapter();
  const queue = createQueue(adapter);
  const requests = Array.from({ length: 1_000 }, () => note.with({ text: "" }));
  await queue.enqueueMany(requests);
  expect(new Set(adapter.sent.map(({ id }) => id)).size).toBe(1_000);
  expect(adapter.sent.every(({ id }) => /^[0-9a-v]{21}$/.test(id))).toBe(true);
});

test("X33: names that could mean something to a path, a pattern or a query are refused", async () => {
  const input = z.object({});
  for (const name of ["", " ", "a b", "a:lock", "a}{b", "*", "..", "q/../../admin", "%2e%2e", "x".repeat(101), "a'b"]) {
    expect(await codeOf(() => defineJob(name, { input }))).toBe("invalid_name");
    expect(await codeOf(() => defineJob("job", { input, queue: name }))).toBe("invalid_name");
  }
});

test("a definition is refused when it is declared, not when it is used", async () => {
  const input = z.object({});
  expect(await codeOf(() => defineJob("job", { input, timeout: 0 }))).toBe("invalid_duration");
  expect(await codeOf(() => defineJob("job", { input, priority: 10 }))).toBe("invalid_option");
  expect(await codeOf(() => defineJob("job", JSON.parse('{"input":{}}')))).toBe("invalid_option");
});

test("a broker refuses at run time what its types refuse", async () => {
  const queue = createQueue(minimalAdapter({ unique: false, ordered: false }));
  const options: JobOptions = { id: "mail:1" };
  expect(await codeOf(() => queue.enqueue(note, { text: "" }, options))).toBe("invalid_option");
  expect(await codeOf(() => queue.enqueue(note, { text: "" }, { priority: 1 } as JobOptions))).toBe("invalid_option");
  expect("get" in queue).toBe(false);
  const schedules = [schedule("nightly", every("1d"), note.with({ text: "" }))] as never; // which its type refuses
  expect(await codeOf(() => createWorker(minimalAdapter(), { handlers: [], schedules }))).toBe("invalid_option");
  expect(await codeOf(() => createWorker(minimalAdapter(), { handlers: [], schedules: [] as never }))).toBeUndefined();
  const ages = { handlers: [], priorityAge: "10m" } as never; // as above
  expect(await codeOf(() => createWorker(minimalAdapter(), ages))).toBe("invalid_option");
  expect(await codeOf(() => createWorker(minimalAdapter({ ageing: true }), ages))).toBeUndefined();
});

test("a listener that throws or rejects harms no enqueue, and is told to the log", async () => {
  const complaints: string[] = [];
  const log = { ...console, error: ({ message }: LogEntry) => void complaints.push(message) };
  for (const onEvent of [
    () => Promise.reject(new Error("no")),
    (): never => {
      throw new Error("no");
    },
  ]) {
    const { status } = await createQueue(minimalAdapter(), { onEvent, log }).enqueue(note, { text: "" });
    expect(status).toBe("created");
  }
  expect(complaints).toHaveLength(2);
});

test("X48: an event tells of the job without its payload, after the backend took it", async () => {
  const adapter = minimalAdapter();
  const events: JobEvent[] = [];
  const queue = createQueue(adapter, {
    onEvent: (event) => {
      expect(adapter.sent).toHaveLength(1);
      events.push(event);
    },
  });
  await queue.enqueue(note, { text: "canary" }, { id: "note:1", metadata: { user_id: "42" } });
  expect(events).toMatchObject([
    { type: "enqueued", job: { id: "note:1", name: "note", metadata: { user_id: "42" } } },
  ]);
  expect(JSON.stringify(events)).not.toContain("canary");
});
