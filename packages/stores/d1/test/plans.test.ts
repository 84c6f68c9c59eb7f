import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { d1 } from "../src/index.ts";
import { metered } from "./meter.ts";

const { database, meter } = metered(env.DB);
const adapter = d1(database);
const job = (id: string) =>
  ({
    id,
    name: "work",
    queue: "default",
    payload: "{}",
    headers: { v: "1" },
    priority: 5,
    keepMs: 9,
    due: { inMs: 0 },
  }) as const;

/** Those that have to read all: a page of all jobs, and counts of all states. Looks of people, not of workers. */
const READ_ALL = [/^WITH found AS \(SELECT j\.id.*FROM longshore_jobs AS j WHERE/s, /GROUP BY 1, 2$/];

beforeAll(() => adapter.migrate());

test.each(["as the planner guesses", "as it knows after ANALYZE"])(
  "no statement reads all jobs but the list and the counts of all, %s",
  async (how) => {
    if (how.includes("ANALYZE")) {
      await adapter.enqueue(Array.from({ length: 1_000 }, (_, n) => job(`other-${n}`)));
      await env.DB.prepare("ANALYZE").run();
    }
    const queues = ["default"];
    await adapter.enqueue([job("a"), job("b"), job("b")]);
    const [first, second] = await adapter.claim({ queues: [{ name: "default", limit: 2 }], leaseMs: 1_000 });
    if (first === undefined || second === undefined) throw new Error("two were enqueued");
    await adapter.claim({ queues: [{ name: "default", limit: 2 }], leaseMs: 1_000, priorityAgeMs: 1_000 });
    await adapter.renew([first, second], 1_000);
    const complete = { type: "complete" } as const;
    await adapter.settle([{ ...first, outcome: complete, next: [job("c"), job("a")] }]);
    await adapter.settle([{ ...second, outcome: { type: "dead", failure: { message: "no" } } }]);
    const ref = { name: "report", rule: "every 1h" };
    await adapter.declare([ref]);
    await adapter.advance([{ ...ref, from: 0, to: 1, job: job("d") }]);
    await adapter.dueInMs({ queues, schedules: [ref] });
    await adapter.get([job("a")]);
    await adapter.list({ limit: 9 });
    await adapter.list({ limit: 9, state: "dead" });
    await adapter.counts();
    await adapter.counts(["enqueued", "dead"]);
    for (const verb of ["cancel", "replay", "runNow", "remove"] as const) await adapter[verb]([job("a")]);
    await adapter.prune(9);
    const keyed = (id: string, on: "keep" | "replace") => ({ ...job(id), unique: { key: "k", on } });
    await adapter.enqueue([keyed("e", "keep"), keyed("f", "replace")]);
    const [third] = await adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 });
    if (third === undefined) throw new Error("one was enqueued");
    await adapter.settle([{ ...third, outcome: complete, next: [keyed("g", "replace")] }]);
    await adapter.advance([{ ...ref, from: 1, to: 2, job: keyed("h", "replace") }]);
    await adapter.enqueue([
      { ...job("i"), maxDepth: 9 },
      { ...keyed("j", "keep"), maxDepth: 9 },
    ]);
    await adapter.depth("default");
    await adapter.release([{ key: "k" }]);
    const child = (id: string, ...parents: readonly string[]) =>
      ({
        ...job(id),
        startWithinMs: 1,
        after: { jobs: parents.map((parent) => ({ id: parent })), onFailed: "dead" },
      }) as const;
    const alone = d1(database);
    await alone.enqueue([keyed("m", "keep"), job("l"), child("n", "l", "m"), child("o", "n")]);
    await alone.enqueue([child("p", "l"), { ...job("q"), maxDepth: 99 }]);
    for (const verb of ["cancel", "replay", "remove"] as const) await alone[verb]([job("l")]);
    const rest = await alone.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 1_000 });
    await alone.settle(rest.map((one) => ({ ...one, outcome: complete })));
    await alone.enqueue([job("r"), child("s", "r")]);
    const [last] = await alone.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 1_000 });
    if (last !== undefined) await alone.settle([{ ...last, outcome: complete, next: [child("t", "s")] }]);
    const limited = (id: string) =>
      ({ ...job(id), limits: { key: "k", running: 1, queue: 9, rate: { everyMs: 1, burst: 9 } } }) as const;
    const behind = d1(database);
    await behind.enqueue([limited("u"), limited("v"), { ...keyed("w", "replace"), limits: limited("w").limits }]);
    await behind.enqueue([{ ...child("x", "v"), limits: limited("x").limits }]);
    for (const priorityAgeMs of [undefined, 1_000]) {
      const claimed = await behind.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 1_000, priorityAgeMs });
      await behind.renew(claimed, 1_000);
      await d1(database).settle(claimed.map((one) => ({ ...one, outcome: complete })));
    }
    await d1(database).update([{ ...job("v"), name: "work", priority: 1 }]);
    await d1(database).release([{ key: "k" }]);
    for (const verb of ["cancel", "replay", "runNow", "remove"] as const) await d1(database)[verb]([job("v")]);
    expect([...meter.statements].filter((sql) => sql.includes("longshore_lanes")).length).toBeGreaterThan(4);
    expect(meter.statements.size).toBeGreaterThan(50);

    let plans = 0;
    const scanning: string[] = [];
    for (const sql of meter.statements) {
      if (!/longshore_jobs/.test(sql) || sql.startsWith("CREATE")) continue;
      const parameters = Math.max(...[...sql.matchAll(/\?(\d)/g)].map(([, n]) => Number(n)), 0);
      const values = Array.from({ length: parameters }, () => "[]");
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...values)
        .all<{ detail: string }>();
      const scans = results
        .map(({ detail }) => detail)
        .filter((detail) =>
          /^SCAN (j|h|k|b|o|t|c|q|g|head|v|longshore_jobs)\b(?!.*(longshore_dead|VIRTUAL TABLE))/.test(detail),
        );
      plans++;
      if (scans.length > 0 && !READ_ALL.some((pattern) => pattern.test(sql)))
        scanning.push(`${sql}\n${results.map(({ detail }) => detail).join("\n")}`);
    }
    expect(scanning).toEqual([]);
    expect(plans).toBeGreaterThan(15);
  },
);
