import { createQueue, defineJob } from "@longshore/core";
import { type ListRequest, MAX_BATCH } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { expect, test } from "vitest";
import { z } from "zod";
import type { JobsPage } from "../src/api.ts";
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
        const limit = key === "list" ? ` ${(input[0] as ListRequest).limit}` : "";
        calls.push(`${String(key)}${limit}`);
        return (method as (...input: readonly unknown[]) => unknown)(...input);
      };
    },
  });
  return { adapter, calls, ...askerOf(dashboard(watching, { authorize: () => ({ name: "a", payloads: true }) })) };
}

const VIEWS: readonly (readonly [path: string, calls: readonly string[]])[] = [
  ["", []],
  ["api/session", []],
  ["api/overview", ["counts", "stats", "stats", "stats", "workers"]],
  ["api/jobs", ["list 50"]],
  ["api/jobs?state=enqueued&queue=default", ["list 50"]],
  ["api/jobs?error=x", ["list 500"]],
  ["api/jobs?metadata=a%3Db&state=dead", ["list 500"]],
  ["api/job?id=1", ["get"]],
  ["api/payload?id=1", ["get"]],
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
