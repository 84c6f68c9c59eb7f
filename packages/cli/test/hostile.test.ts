import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Context } from "../src/command.ts";
import { job } from "../src/commands/job.ts";
import { top } from "../src/commands/top.ts";
import { outputOf } from "../src/output.ts";
import { inProcess } from "./in-process.ts";
import { type Filled, sqliteFile } from "./stores.ts";

/** Each would do something to a terminal, or hide something from its reader. */
const HOSTILE: readonly string[] = [
  "\u001b]0;title\u0007",
  "\u001b[2J\u001b[H",
  "\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\",
  "\u009b31m",
  "\u0090q\u009c",
  "a\rb",
  "\u0008\u0008\u0008",
  "\u007f",
  "\u202egnp.exe",
  "\u2066\u2069",
  "a\u200bb\u2060c\ufeff",
  "\u{e0041}\u{e007f}",
  "a\ufe01\u{e0153}\u{e0155}",
  "\u3164\u115f\u034f",
  "\ud800",
  "\u2028\u2029",
  "line\nDONE",
];
const TEXT = HOSTILE.join(" ");

const ESCAPE = "\u001b";
/** What a terminal may get: lines of characters that are seen, and our own colours. */
const SAFE = /^[^\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Surrogate}]*$/u;
const COLORS = new RegExp(`${ESCAPE}\\[\\d+m`, "g");

const hostile = defineJob("hostile", {
  input: z.object({ text: z.string() }),
  output: z.string(),
  retry: fixed({ attempts: 1, delay: 0 }),
  metadata: ({ text }) => ({ text: text.slice(0, 80) }),
});

let filled: Filled;
beforeAll(async () => {
  filled = await sqliteFile();
  const queue = createQueue(filled.store);
  await queue.enqueue(hostile, { text: TEXT }, { id: "dead" });
  await queue.enqueue(hostile, { text: "fine" }, { id: "completed" });
  // What no queue would let through, but another program may have written.
  await filled.store.enqueue([
    {
      id: `id ${TEXT}`,
      name: `name ${TEXT}`,
      queue: `queue ${TEXT}`,
      payload: JSON.stringify(TEXT),
      headers: { v: "1", [`m.${TEXT}`]: TEXT },
      priority: 5,
      due: { inMs: 0 },
      keepMs: 9_000,
    },
  ]);
  await filled.store.declare([{ name: `name ${TEXT}`, rule: `rule ${TEXT}` }]);
  const handler = handle(hostile, ({ text }) => {
    if (text === "fine") return TEXT;
    const error = new Error(text);
    error.stack = `Error: ${TEXT}\n    at ${TEXT}`;
    throw error;
  });
  await createWorker(filled.store, { handlers: [handler], logFailures: false }).drain();
});
afterAll(() => filled.close());

const COMMANDS: readonly (readonly string[])[] = [
  ["counts"],
  ["jobs"],
  ["job", "dead", "--data"],
  ["job", "completed", "--data"],
  ["dead"],
  ["dead", "--by-error"],
  ["schedules"],
  ["tail", "--count", "1"],
  ["cancel", "--name", "hostile", "--dry-run"],
  ["pause", TEXT],
  ["job", TEXT],
  ["jobs", "--name", TEXT],
  [TEXT],
];

test.each(
  COMMANDS.map(
    (args) =>
      [
        args
          .slice(0, 2)
          .join(" ")
          .replaceAll(/[^\w -]/g, "")
          .slice(0, 30),
        args,
      ] as const,
  ),
)("no text of a job reaches the terminal as more than text: %s", async (_name, args) => {
  for (const options of [[], ["--json"]]) {
    for (const isTTY of [false, true]) {
      const { out, err } = await inProcess([...args, ...options, ...filled.args], { isTTY });
      const lines = `${out}${err}`.replaceAll(isTTY ? COLORS : /(?!)/g, "").split("\n");
      expect(lines.filter((line) => !SAFE.test(line))).toEqual([]);
      expect(lines).not.toContain("DONE");
    }
  }
});

test("no text that a server answers in place of a number or a name reaches the terminal as more than text", async () => {
  const strange = {
    id: TEXT,
    partition: TEXT,
    name: TEXT,
    queue: TEXT,
    state: TEXT,
    waitsFor: TEXT,
    after: [TEXT],
    attempt: TEXT,
    priority: TEXT,
    enqueuedAt: TEXT,
    dueAt: TEXT,
    metadata: { [TEXT]: TEXT },
    failures: [{ attempt: TEXT, at: TEXT, message: TEXT, stack: TEXT }],
  };
  const target = {
    store: { name: TEXT, workers: async () => [{ alive: true, busy: TEXT, slots: TEXT }] },
    queue: { get: async () => strange, counts: async () => [{ queue: TEXT, paused: TEXT, counts: { dead: TEXT } }] },
  };
  const written: string[] = [];
  const stream = { isTTY: false, columns: 0, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  const output = outputOf({ out: stream, err: stream }, {}, false);
  const context = { target, output, signal: new AbortController().signal } as never as Context;
  await job(context, { data: true }, ["a"]);
  await top(context, { every: 100, count: 1 }, []);
  const lines = written.join("").split("\n");
  expect(lines.filter((line) => !SAFE.test(line))).toEqual([]);
  expect(lines).toContainEqual(expect.stringContaining("workers alive: 1"));
});

test("JSON has the texts as the store has them", async () => {
  const { out } = await inProcess(["job", "dead", "--data", "--json", ...filled.args]);
  expect(JSON.parse(out)).toMatchObject({ input: { text: TEXT }, failures: [{ message: TEXT.toWellFormed() }] });
});

test("colours are for a terminal alone, and only where NO_COLOR is not set", async () => {
  const outputs = await Promise.all([
    inProcess(["jobs", ...filled.args], { isTTY: true }),
    inProcess(["jobs", ...filled.args], { isTTY: true, env: { NO_COLOR: "1" } }),
    inProcess(["jobs", ...filled.args], { isTTY: false }),
    inProcess(["jobs", "--json", ...filled.args], { isTTY: true }),
  ]);
  expect(outputs.map(({ out }) => out.includes("\u001b["))).toEqual([true, false, false, false]);
});
