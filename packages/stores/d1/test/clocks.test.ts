import { env } from "cloudflare:workers";
import { newJob } from "@longshore/conformance/tools";
import type { NewJob } from "@longshore/core/adapter";
import { beforeEach, describe, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { NOW } from "../src/tables.ts";
import { empty } from "./meter.ts";

const LEASE_MS = 30_000;
let now = 0;
/** How many more statements read the clock before the lease is over. Each asks it anew, as the database's own. */
let left = Infinity;
const adapter = d1({
  prepare: (sql) => ({
    bind:
      (...values: unknown[]) =>
      () => {
        if (!sql.includes(NOW)) return env.DB.prepare(sql).bind(...values);
        return env.DB.prepare(sql).bind(left-- > 0 ? now : now + LEASE_MS, ...values.slice(1));
      },
  }),
  batch: (statements) => env.DB.batch(statements.map((bound) => bound())),
});

beforeEach(async () => {
  now = 1_000_000;
  left = Infinity;
  await adapter.migrate();
  await empty(env.DB);
});

const claim = async () =>
  (await adapter.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: LEASE_MS })).map(({ id }) => id);

const unique = { key: "k", on: "replace" } as const;
const child = (id: string, onFailed: "dead" | "run" = "dead"): Partial<NewJob> => ({
  after: { jobs: [{ id }], onFailed },
});
const waiting: readonly (readonly [waits: string, a: Partial<NewJob>, b: Partial<NewJob>, state: string])[] = [
  ["behind its key", { unique }, { unique }, "enqueued"],
  ["for its end", {}, child("a", "run"), "enqueued"],
  ["for its success", {}, child("a"), "dead"],
];

describe.each(["remove", "cancel"] as const)("while %s goes on, the lease of the job lapses", (verb) => {
  test.each(waiting)("at any of its statements, and what waits %s does not wait for ever", async (_, a, b, state) => {
    // The longest is the one for families, job by job, after one in vain.
    for (const readings of Array.from({ length: 20 }, (_none, n) => n)) {
      await empty(env.DB);
      left = Infinity;
      await adapter.enqueue([newJob("a", { keepMs: 0, ...a })]);
      expect(await claim()).toEqual(["a"]);
      // The other family is why the statements are those for families before the lease lapses.
      await adapter.enqueue([newJob("b", { keepMs: 0, ...b }), newJob("other"), newJob("its child", child("other"))]);
      expect(await adapter.get([{ id: "b" }])).toMatchObject([{ state: "blocked" }]);
      left = readings;
      const [, answer] = await adapter[verb]([{ id: "other" }, { id: "a" }]);
      left = Infinity;
      now += 2 * LEASE_MS;
      // What was refused can be done now.
      const [done] = answer?.status === "done" ? [answer] : await adapter[verb]([{ id: "a" }]);
      expect(done).toEqual({ status: "done" });
      expect([readings, ...(await adapter.get([{ id: "b" }]))]).toMatchObject([readings, { state }]);
      expect((await claim()).includes("b")).toBe(state === "enqueued");
    }
  });
});
