import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { type ObjectContext, type JobsOptions, createJobs } from "../src/index.ts";
import type { NewJob } from "@longshore/core/adapter";

// Accepted and never run, without a word, is the worst fault of all.

let objects = 0;
const errors: string[] = [];
let waitsFor: string | undefined;
beforeEach(() => void errors.splice(0));

const job: NewJob = {
  id: "a",
  name: "work",
  queue: "default",
  payload: "{}",
  headers: {},
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
};
const log = {
  debug() {},
  info() {},
  warn() {},
  error: ({ message }: { readonly message: string }) => void errors.push(message),
};

/** What an object says that is made in a Worker with these exports, when a job comes, and when another does. */
async function saidBy(exports: unknown, options: JobsOptions = {}): Promise<void> {
  await runInDurableObject(env.KEEPER.getByName(`miswired-${++objects}`), async (_, state) => {
    const ctx: ObjectContext = {
      storage: state.storage,
      waitUntil: (work) => state.waitUntil(work),
      blockConcurrencyWhile: (work) => work(),
    };
    const { store, checkSoon } = createJobs(Object.assign(ctx, { exports }), { log, ...options });
    await Promise.resolve();
    await Promise.resolve();
    expect(errors).toEqual([]);
    for (const id of ["a", "b"]) {
      store.enqueue([{ ...job, id }]);
      await Promise.resolve();
    }
    checkSoon();
    await Promise.resolve();
    waitsFor = store.get([{ id: "a" }])[0]?.waitsFor;
  });
}

test("an object without a runner among its Worker's exports says once what to export, when there is a job", async () => {
  await saidBy({});
  expect(errors).toEqual([expect.stringContaining("export const JobsRunner = jobsRunner(")]);
  expect(waitsFor).toContain("no runner");
});

test("an object of a compatibility date without exports says once which date or flag has them", async () => {
  await saidBy(undefined);
  expect(errors).toEqual([expect.stringMatching(/2025-11-17.*enable_ctx_exports/)]);
});

test("an object says nothing that is told to run nothing", async () => {
  await saidBy({}, { runner: false });
  expect(waitsFor).toBe(undefined);
  await saidBy(undefined, { runner: false });
  expect(errors).toEqual([]);
});

test("an object says that its runner fails, and goes on", async () => {
  const run = async (): Promise<void> => Promise.reject(new Error("no such method"));
  await saidBy({ JobsRunner: { run, tick: run } });
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.join()).toContain("batch failed");
});
