import { expect, test } from "vitest";
import { z } from "zod";
import {
  type LogEntry,
  type Logger,
  createWorker,
  defineJob,
  exponential,
  handle,
  nonRetryable,
} from "../src/index.ts";
import { claimed, scriptedBackend, task, manualTime } from "./scripted-backend.ts";

/** What is logged, by level. */
function listen(): { readonly log: Logger; readonly heard: (readonly [level: string, entry: LogEntry])[] } {
  const heard: (readonly [string, LogEntry])[] = [];
  const at = (level: string) => (entry: LogEntry) => void heard.push([level, entry]);
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, heard };
}

const secretive = defineJob("task", { input: z.object({ secret: z.string() }), retry: exponential({ attempts: 2 }) });

test.each([
  [true, 3],
  [undefined, 3],
  [false, 0],
])(
  "each failed attempt and each death is logged, without a payload, unless logFailures is %s",
  async (logFailures, told) => {
    const { platform, pass } = manualTime();
    const backend = scriptedBackend(platform);
    const { log, heard } = listen();
    const handler = handle(secretive, (_input, { id }) => {
      if (id === "good") return;
      throw id === "dead" ? nonRetryable("closed") : new Error("no route", { cause: new Error("ECONNREFUSED") });
    });
    const payload = JSON.stringify({ secret: "hunter2" });
    const jobs = ["good", "fails", "dead"].map((id) => ({ ...claimed(id), payload }));
    backend.claims.push([...jobs, { ...claimed("last"), payload, attempt: 2 }]);
    const drained = createWorker(backend, {
      handlers: [handler],
      log,
      platform,
      ...(logFailures !== undefined && { logFailures }),
    }).drain();
    await pass(1);
    await drained;
    expect(heard).toHaveLength(told);
    if (told === 0) return;
    const [failed, ...deaths] = heard;
    expect(failed).toMatchObject([
      "warn",
      {
        job_id: "fails",
        job_name: "task",
        queue: "default",
        attempt: 1,
        error: "no route (caused by: ECONNREFUSED)",
        stack: expect.stringContaining("Caused by: Error: ECONNREFUSED"),
      },
    ]);
    expect(deaths.map(([level, { job_id: id, error }]) => [level, id, error])).toEqual([
      ["error", "dead", "closed"],
      ["error", "last", "no route (caused by: ECONNREFUSED)"],
    ]);
    expect(JSON.stringify(heard)).not.toContain("hunter2");
  },
);

test("F167: a name that no worker handles is said once for each logger, with what to do", async () => {
  const { platform, pass } = manualTime();
  const { log, heard } = listen();
  for (const id of ["a", "b"]) {
    const backend = scriptedBackend(platform);
    backend.claims.push([
      { ...claimed(id), name: "welcom" },
      { ...claimed(`${id}2`), name: "welcom" },
    ]);
    const drained = createWorker(backend, { handlers: [handle(task, () => {})], log, platform }).drain();
    await pass(1);
    await drained;
    expect(backend.settled[0]?.outcome).toMatchObject({
      type: "snooze",
      reason: "no worker has claimed it that has a handler for welcom",
    });
  }
  expect(heard).toMatchObject([["warn", { job_name: "welcom", queue: "default" }]]);
  expect(heard[0]?.[1].message).toMatch(
    /^this worker lacks a handler for welcom; such jobs wait.*this worker handles task/,
  );
});

test("a queue that no handler of the worker is of is warned of once, with the nearest; handlers of other queues are not", () => {
  const { platform } = manualTime();
  const { log, heard } = listen();
  const handlers = ["video", "mail", "default"].map((queue) =>
    handle(defineJob(`of-${queue}`, { input: z.object({}), queue }), () => {}),
  );
  for (const _ of [1, 2])
    createWorker(scriptedBackend(platform), { handlers, queues: { vidoe: 2, mail: 1, rest: 1 }, log, platform });
  expect(heard).toMatchObject([
    ["warn", { queue: "vidoe", message: expect.stringMatching(/; did you mean video\?$/) }],
    ["warn", { queue: "rest", message: expect.stringMatching(/; valid: video, mail, default\.$/) }],
  ]);
});

test("handlers without a queue to claim from are warned of once, and a worker that only ticks is not", () => {
  const { platform } = manualTime();
  const { log, heard } = listen();
  const backend = scriptedBackend(platform);
  const handlers = [handle(task, () => {})];
  for (const _ of [1, 2]) createWorker(backend, { handlers, queues: {}, log, platform });
  createWorker(backend, { handlers: [], log, platform });
  expect(heard).toMatchObject([["warn", { message: expect.stringContaining("claims from no queue") }]]);
});

test("so many names are remembered, and no more", async () => {
  const { platform, pass } = manualTime();
  const { log, heard } = listen();
  const backend = scriptedBackend(platform);
  backend.claims.push(Array.from({ length: 1_500 }, (_, i) => ({ ...claimed(`${i}`), name: `name-${i}` })));
  const drained = createWorker(backend, { handlers: [], queues: { default: 1_000 }, log, platform }).drain();
  await pass(1);
  await drained;
  expect(heard).toHaveLength(1_000);
});

test("a handler that returns an error completes its job, and is warned of once", async () => {
  const { platform, pass } = manualTime();
  const { log, heard } = listen();
  const backend = scriptedBackend(platform);
  backend.claims.push([claimed("a"), claimed("b")]);
  const drained = createWorker(backend, { handlers: [handle(task, () => new Error("full"))], log, platform }).drain();
  await pass(1);
  await drained;
  expect(backend.settled.map(({ outcome }) => outcome.type)).toEqual(["complete", "complete"]);
  const message = "the handler of task returned an error, and its job is completed: throw it";
  expect(heard).toEqual([["warn", { message, job_name: "task" }]]);
});

test("a handler that returns an answer which is no success completes its job, and is warned of once", async () => {
  const { platform, pass } = manualTime();
  const { log, heard } = listen();
  const backend = scriptedBackend(platform);
  const unreadable = {
    get ok(): boolean {
      throw new Error("trap");
    },
  };
  const answers = [
    new Response("", { status: 500 }),
    new Response("", { status: 404 }),
    new Response(),
    { ok: false },
    unreadable,
    5,
  ];
  backend.claims.push(answers.map((_, n) => claimed(`${n}`)));
  const handler = handle(task, (_input, { id }) => answers[Number(id)]);
  const drained = createWorker(backend, { handlers: [handler], log, platform }).drain();
  await pass(1);
  await drained;
  expect(backend.settled.map(({ outcome }) => outcome.type)).toEqual(answers.map(() => "complete"));
  expect(heard).toEqual([
    [
      "warn",
      {
        message:
          "the handler of task returned an answer with the status 500, and its job is completed: throw, where response.ok is false",
        job_name: "task",
      },
    ],
  ]);
});
