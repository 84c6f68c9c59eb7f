import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { createWorker, defineJob, handle } from "../src/index.ts";
import { claimed, manualTime, scriptedBackend, silent, task } from "./scripted-backend.ts";

test("a job that has waited for a slot begins in the worker's context, and not in that of the handler that made room", async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const events: (string | undefined)[] = [];
  const { platform } = manualTime();
  const handler = handle(task, async (_input, { id }) => {
    seen.push(context.getStore());
    context.enterWith(id);
  });
  const onEvent = (): void => void events.push(context.getStore());
  const options = { handlers: [handler], queues: { default: 1 }, log: silent, platform, onEvent };
  const worker = createWorker(scriptedBackend(platform), options);
  await context.run("the worker's", () => worker.run([claimed("a"), claimed("b"), claimed("c")]));
  expect(seen).toEqual(["the worker's", "the worker's", "the worker's"]);
  expect(new Set(events)).toEqual(new Set(["the worker's"]));
});

test("a promise whose own `then` answers twice ends its job once: no slot comes twice", async () => {
  const { platform } = manualTime();
  let running = 0;
  let most = 0;
  const handler = handle(task, async (_input, { id }) => {
    most = Math.max(most, ++running);
    await platform.turn();
    running--;
    return id;
  });
  const twice = handle(defineJob("twice", { input: z.object({}) }), () => {
    const promise = Promise.resolve();
    const then = promise.then.bind(promise);
    vi.spyOn(promise, "then").mockImplementation((onFulfilled, onRejected) => {
      void then(onFulfilled, onRejected);
      return then(onFulfilled, onRejected);
    });
    return promise;
  });
  const handlers = [handler, twice];
  const worker = createWorker(scriptedBackend(platform), { handlers, queues: { default: 1 }, log: silent, platform });
  const tally = await worker.run([{ ...claimed("a"), name: "twice" }, claimed("b"), claimed("c"), claimed("d")]);
  expect(tally).toMatchObject({ claimed: 4, completed: 4 });
  expect(most).toBe(1);
});

test("a handler does not begin once its job was given back, while its input was being validated", async () => {
  const { platform, pass } = manualTime();
  let validated = (): void => {};
  const input = z.object({}).refine(() => new Promise((resolve) => (validated = () => resolve(true))));
  let began = false;
  const handler = handle(defineJob("task", { input }), () => void (began = true));
  const backend = scriptedBackend(platform);
  const worker = createWorker(backend, { handlers: [handler], log: silent, platform });
  backend.claims.push([claimed("a")]);
  worker.start();
  await pass(0);
  const stopped = worker.stop({ grace: 0 });
  await pass(2_000);
  await stopped;
  validated();
  await pass(0);
  expect(backend.settled).toEqual([
    expect.objectContaining({ id: "a", outcome: expect.objectContaining({ type: "snooze" }) }),
  ]);
  expect(began).toBe(false);
});
