import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type Logger, createQueue, createWorker, defineJob, handle, jsonLines } from "../src/index.ts";
import { claimed, scriptedBackend, task, manualTime } from "./scripted-backend.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const note = defineJob("note", { input: z.object({}) });

/** What the library logs where a listener throws and a handler says something. */
async function complain(log: Logger): Promise<void> {
  const deaf = (): never => {
    throw new TypeError("deaf");
  };
  await createQueue(minimalAdapter(), { onEvent: deaf, log }).enqueue(note, {});
  const { platform, pass } = manualTime();
  const handler = handle(task, (_, context) =>
    context.log.warn("half full", { tons: 7, job_id: "not this", error: new Error("leak") }),
  );
  const running = createWorker(scriptedBackend(platform), { handlers: [handler], log, platform }).run([claimed("a")]);
  await pass(1);
  await running;
}

const EXPECTED = [
  { message: "an event listener failed", error: "TypeError: deaf", stack: expect.stringContaining("logger.test.ts") },
  {
    message: "half full",
    tons: 7,
    error: "Error: leak",
    stack: expect.stringContaining("logger.test.ts"),
    job_id: "a",
    job_name: "task",
    attempt: 1,
  },
];

describe("what is logged", () => {
  test("is one object for the console, as it is", async () => {
    const said: unknown[] = [];
    for (const level of ["warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((...told) => void said.push(...told));
    }
    await complain(console);
    vi.restoreAllMocks();
    expect(said).toEqual(EXPECTED);
  });

  test("is a line of pino, as it is, with its level and with the error's text", async () => {
    const lines: string[] = [];
    await complain(pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) }));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 50, ...EXPECTED[0] },
      { level: 40, ...EXPECTED[1] },
    ]);
  });

  test("has an error's causes, and loses no line for one that cannot be read", async () => {
    const unreadable = Object.defineProperty(new Error("c"), "cause", {
      get() {
        throw new Error("no");
      },
    });
    const circle = new Error("round");
    circle.cause = circle;
    const said = async (thrown: unknown): Promise<unknown> => {
      const lines: unknown[] = [];
      const onEvent = (): never => {
        throw thrown;
      };
      const log = { ...console, error: (line: object) => lines.push(line) };
      await createQueue(minimalAdapter(), { onEvent, log }).enqueue(note, {});
      return (lines as { readonly error?: string }[]).map(({ error }) => error); // as the logger is told
    };
    const refused = new Error("connect ECONNREFUSED");
    expect(await said(new TypeError("fetch failed", { cause: refused }))).toEqual([
      "TypeError: fetch failed (caused by: Error: connect ECONNREFUSED)",
    ]);
    expect(await said(new Error("b", { cause: unreadable }))).toEqual(["Error: b (caused by: unreadable error)"]);
    expect(await said({ toString: () => Symbol("none") })).toEqual(["unreadable error"]);
    expect(await said(circle)).toEqual([expect.stringMatching(/^Error: round( \(caused by: Error: round){5}\)+$/)]);
  });

  test("survives JSON, whatever was thrown", async () => {
    for (const thrown of ["text", 7, { toString: () => "an object" }]) {
      const said: unknown[] = [];
      const log = { ...console, error: (entry: object) => void said.push(JSON.parse(JSON.stringify(entry))) };
      await createQueue(minimalAdapter(), { onEvent: () => Promise.reject(thrown), log }).enqueue(note, {});
      expect(said).toEqual([{ message: "an event listener failed", error: String(thrown) }]);
    }
  });
});

describe("the line of an attempt", () => {
  const at = Date.UTC(2026, 0, 1);
  const job = { id: "note:1", name: "note", queue: "mail", metadata: { user_id: "42", attempt: "not this" } };
  const attempt = { job, attempt: 2, startedAt: at - 1_500, at };

  test("has the job's business ids, and fields that these cannot take the place of", () => {
    const lines: string[] = [];
    const listen = jsonLines((line) => lines.push(line));
    const failure = { message: "no answer", stack: "Error: no answer\n    at send" };
    listen({ type: "completed", ...attempt });
    listen({ type: "failed", failure, delayMs: 30_000, ...attempt });
    listen({ type: "leaseLost", reason: "taken", ...attempt });
    const line = {
      user_id: "42",
      job_id: "note:1",
      job_name: "note",
      queue: "mail",
      attempt: 2,
      started_at: "2025-12-31T23:59:58.500Z",
      duration_ms: 1_500,
      timestamp: "2026-01-01T00:00:00.000Z",
    };
    expect(lines.map((text) => JSON.parse(text))).toEqual([
      { ...line, status: "completed" },
      { ...line, status: "failed", error: failure.message, stack: failure.stack },
      { ...line, status: "lease_lost" },
    ]);
  });

  test("is written for an attempt's end, and for nothing else", () => {
    const lines: string[] = [];
    const listen = jsonLines((line) => lines.push(line));
    listen({ type: "enqueued", job, at });
    listen({ type: "started", job, attempt: 1, waitedMs: 5, at });
    listen({ type: "replayed", ref: { id: "note:1" }, at });
    expect(lines).toEqual([]);
  });
});
