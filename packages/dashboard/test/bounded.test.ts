import { createQueue, createWorker, defineJob, handle, nonRetryable } from "@longshore/core";
import { type ListRequest, MAX_BATCH } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { defaultRules as rules } from "@longshore/signals";
import { expect, test } from "vitest";
import { z } from "zod";
import type { DeadView, JobsPage } from "../src/api.ts";
import { dashboard } from "../src/index.ts";
import { askerOf } from "./asking.ts";

const task = defineJob("task", { input: z.any() });

/** A store that tells of each call to it, and for a list how many jobs were asked for. */
function watched() {
  const adapter = memory({ stats: statistics() });
  const calls: string[] = [];
  const watching = new Proxy(adapter, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      return (...input: readonly unknown[]) => {
        const limit = key === "list" || key === "listSchedules" ? ` ${(input[0] as ListRequest).limit}` : "";
        calls.push(`${String(key)}${limit}`);
        return (method as (...input: readonly unknown[]) => unknown)(...input);
      };
    },
  });
  return {
    adapter,
    calls,
    ...askerOf(
      dashboard(watching, { authorize: () => ({ name: "a", actions: true, payloads: true }), rules, log: quiet }),
    ),
  };
}

const VIEWS: readonly (readonly [path: string, calls: readonly string[]])[] = [
  ["", []],
  ["api/session", []],
  ["api/overview", ["counts", "stats", "stats", "stats", "workers", "listSchedules 1000"]],
  ["api/jobs", ["list 50"]],
  ["api/jobs?state=enqueued&queue=default", ["list 50"]],
  ["api/jobs?error=x", ["list 500"]],
  ["api/jobs?metadata=a%3Db&state=dead", ["list 500"]],
  ["api/queue?queue=default", ["list 500", "list 100", "counts", "depth"]],
  ["api/job?id=1", ["get", "depth"]],
  ["api/payload?id=1", ["get"]],
  ["api/schedules", ["listSchedules 100"]],
];

test.each([10, 200_000])("with %d jobs each view costs the same calls, and no answer grows", async (jobs) => {
  const { adapter, calls, get, json } = watched();
  const queue = createQueue(adapter);
  for (let from = 0; from < jobs; from += MAX_BATCH) {
    const ids = Array.from({ length: Math.min(MAX_BATCH, jobs) }, (_, i) => `${from + i}`);
    await queue.enqueueMany(ids.map((id) => task.with({ id }, { id })));
  }
  for (const [path, expected] of VIEWS) {
    calls.length = 0;
    const response = await get(path);
    expect([path, response.status, calls]).toEqual([path, 200, expected]);
    expect((await response.text()).length).toBeLessThan(20_000);
  }
  expect((await json<JobsPage>("api/jobs")).jobs).toHaveLength(Math.min(jobs, 50));
});

test.each([10, 20_000])(
  "with %d dead letters their groups cost ten pages at most, and a slice of a replay two calls",
  async (jobs) => {
    const { adapter, calls, json, post } = watched();
    const queue = createQueue(adapter);
    for (let from = 0; from < jobs; from += MAX_BATCH) {
      const ids = Array.from({ length: Math.min(MAX_BATCH, jobs) }, (_, i) => `${from + i}`);
      await queue.enqueueMany(ids.map((id) => task.with({ id }, { id })));
    }
    const fail = handle(task, ({ id }) => {
      throw nonRetryable(`no file f${id}`);
    });
    await createWorker(adapter, { handlers: [fail], log: quiet }).drain();
    calls.length = 0;
    const dead = await json<DeadView>("api/dead");
    expect(calls).toEqual(Array.from({ length: Math.min(10, Math.ceil(jobs / 500)) }, () => "list 500"));
    const read = Math.min(jobs, 5_000);
    expect(dead).toMatchObject({ read, more: jobs > read, groups: [{ error: "no file #", count: read }] });
    calls.length = 0;
    const some = Math.min(jobs, 500);
    const answer = await (await post("api/replay", { error: "no file #", dryRun: true })).json();
    expect(answer).toMatchObject({ matched: some, done: 0 });
    expect(calls).toEqual(["list 500"]);
    calls.length = 0;
    expect(await (await post("api/replay", { error: "no file #" })).json()).toMatchObject({
      matched: some,
      done: some,
    });
    expect(calls).toEqual(["list 500", "replay"]);
    expect(await (await post("api/replay", { error: "no file" })).json()).toMatchObject({ matched: 0, done: 0 });
  },
);

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
