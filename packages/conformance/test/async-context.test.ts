import { AsyncLocalStorage } from "node:async_hooks";
import { createQueue, createWorker, handle } from "@longshore/core";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { task } from "../src/pipeline.ts";

// An async function runs in its caller's context until its first await: findings/context-left-behind.sh.
test.each(["returns at once", "awaits"])(
  "a context that a handler which %s has entered is not the next handler's",
  async (how) => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const adapter = memory();
    await createQueue(adapter).enqueueMany([task.with({}), task.with({}), task.with({})]);
    const handler = handle(task, (_input, { id }) => {
      seen.push(context.getStore());
      context.enterWith(id);
      return how === "awaits" ? Promise.resolve() : undefined;
    });
    await context.run("the worker's", () => createWorker(adapter, { handlers: [handler] }).drain());
    expect(seen).toEqual(["the worker's", "the worker's", "the worker's"]);
  },
);
