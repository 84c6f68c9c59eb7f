import { describe, expect, test } from "vitest";
import {
  type JobFilter,
  cancelWhere,
  clear,
  listWhere,
  obliterate,
  removeWhere,
  replayWhere,
  runNowWhere,
} from "../src/jobs/bulk.ts";
import type { Job, JobState, ListRequest, Operations, Queue } from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { manualTime } from "./scripted-backend.ts";

const job = (id: string, state: JobState, more: Partial<Job> = {}): Job => ({
  id,
  name: "mail",
  queue: "default",
  state,
  priority: 5,
  attempt: 1,
  input: {},
  result: undefined,
  metadata: {},
  enqueuedAt: 0,
  dueAt: 0,
  failures: [],
  ...more,
});

/** A queue with these jobs, which shows them two at a time, and what it was asked to do. */
function queueWith(jobs: readonly Job[]) {
  const listed: Partial<ListRequest>[] = [];
  const done: string[] = [];
  const verb =
    (name: string): Operations["cancelMany"] =>
    async (refs) => {
      done.push(`${name} ${refs.map((ref) => (typeof ref === "string" ? ref : ref.id)).join()}`);
      return refs.map(() => ({ status: "done" }));
    };
  const queue = {
    async list(request: Partial<ListRequest> = {}) {
      listed.push(request);
      const from = Number(request.cursor ?? 0);
      const to = from + Math.min(2, request.limit ?? 2);
      const page = { jobs: jobs.slice(from, to) };
      return to < jobs.length ? { ...page, cursor: String(to) } : page;
    },
    cancelMany: verb("cancel"),
    removeMany: verb("remove"),
    runNowMany: verb("runNow"),
    replayMany: verb("replay"),
  } as Pick<Queue<never>, never> as Parameters<typeof obliterate>[0] & Pick<Operations, "runNowMany" | "replayMany">; // as much as is used
  return { queue, listed, done };
}

const all = { listWhere, cancelWhere, removeWhere, runNowWhere, replayWhere } as const;
const verbs = Object.keys(all) as (keyof typeof all)[];

describe.each(verbs)("%s", (verb) => {
  test.each<[what: string, code: string, filter: unknown]>([
    ["nothing", "invalid_option", undefined],
    ["an empty filter, which would mean all", "invalid_option", {}],
    ["a filter whose values are missing", "invalid_option", { queue: undefined, metadata: {} }],
    ["no object", "invalid_option", "default"],
    ["another word", "invalid_option", { names: "mail" }],
    ["a state that there is not", "invalid_option", { state: "deadd" }],
    ["a queue that is no name", "invalid_name", { queue: "two words" }],
    ["an age that is none", "invalid_duration", { olderThan: "7 days" }],
    ["metadata that are no texts", "invalid_option", { metadata: { order: 7 } }],
    ["an empty error, which every failure has", "invalid_option", { error: "" }],
  ])("refuses %s as %s, and changes nothing", async (_what, code, filter) => {
    const { queue, listed, done } = queueWith([job("a", "dead")]);
    expect(await codeOf(() => all[verb](queue, filter as JobFilter))).toBe(code);
    expect([listed, done]).toEqual([[], []]);
  });

  test("refuses a queue that cannot do it", async () => {
    expect(await codeOf(() => all[verb]({} as never, { queue: "default" }))).toBe("invalid_option");
  });
});

test("a state that a verb is never for is refused, because it would match nothing", async () => {
  const { queue } = queueWith([]);
  expect(await codeOf(() => cancelWhere(queue, { state: "completed" }))).toBe("invalid_option");
  expect(await codeOf(() => runNowWhere(queue, { state: ["delayed", "enqueued"] }))).toBe("invalid_option");
  expect(await codeOf(() => replayWhere(queue, { state: "failed" }))).toBe("invalid_option");
  expect(await codeOf(() => removeWhere(queue, { state: ["completed", "active"] }))).toBeUndefined();
});

test("the backend selects what it can, and pages are read to the end", async () => {
  const { queue, listed, done } = queueWith([..."abcde"].map((id) => job(id, "dead")));
  const pages: number[] = [];
  const told = await replayWhere(
    queue,
    { name: "mail", queue: "default" },
    { onPage: (so) => void pages.push(so.done) },
  );
  expect(told).toEqual({ matched: 5, done: 5, running: 0, refused: 0, cursor: undefined });
  expect(done).toEqual(["replay a,b", "replay c,d", "replay e"]);
  expect(listed.map(({ cursor }) => cursor)).toEqual([undefined, "2", "4"]);
  expect(listed[0]).toEqual({ name: "mail", queue: "default", state: ["dead"], cursor: undefined, limit: 500 });
  expect(pages).toEqual([2, 4, 5]);
});

test("what ends jobs goes from the last id to the first and sees to children before parents, a replay the other way", async () => {
  const jobs = [job("a", "dead", { after: ["b"] }), job("b", "dead")];
  const { queue, listed, done } = queueWith(jobs);
  await replayWhere(queue, { name: "mail" }, { perSecond: 1_000 });
  await removeWhere(queue, { name: "mail" });
  await obliterate(queue, "default", { confirm: "default" });
  expect(done).toEqual(["replay b,a", "remove a,b", "remove a,b"]);
  expect(listed.map(({ descending }) => descending)).toEqual([undefined, true, true]);
});

test("a list by a filter has the jobs of a page that fit it, in both directions, and the page's cursor", async () => {
  const { queue, listed, done } = queueWith([..."abc"].map((id) => job(id, "dead", { metadata: { user: id } })));
  const filter: JobFilter = { name: "mail", metadata: { user: "c" } };
  const first = await listWhere(queue, filter, { limit: 2, descending: true });
  expect(first).toEqual({ jobs: [], cursor: "2" });
  const { jobs, cursor } = await listWhere(queue, filter, { cursor: first.cursor });
  expect([jobs.map(({ id }) => id), cursor, done]).toEqual([["c"], undefined, []]);
  expect(listed).toMatchObject([
    { name: "mail", limit: 2, descending: true },
    { name: "mail", limit: 500, cursor: "2" },
  ]);
});

test("metadata, the last error and the age are all needed, where they are given", async () => {
  const { platform } = manualTime();
  const failures = [
    { message: "timeout", attempt: 1, at: 0 },
    { message: "503 unavailable", attempt: 2, at: 0 },
  ];
  const right = { metadata: { user: "7", order: "A" }, failures, enqueuedAt: platform.now() - 60_001 };
  const { queue, done } = queueWith([
    job("right", "dead", right),
    job("other-user", "dead", { ...right, metadata: { user: "8", order: "A" } }),
    job("no-order", "dead", { ...right, metadata: { user: "7" } }),
    job("young", "dead", { ...right, enqueuedAt: platform.now() - 60_000 }),
    job("other-error", "dead", { ...right, failures: [...failures].reverse() }),
    job("no-error", "dead", { ...right, failures: [] }),
  ]);
  const filter: JobFilter = { metadata: { user: "7", order: "A" }, error: "503", olderThan: "1m" };
  expect(await replayWhere(queue, filter, { platform })).toMatchObject({ matched: 1, done: 1 });
  expect(done).toEqual(["replay right"]);
});

test("a call that is stopped by its own callback has told how far it came", async () => {
  const { queue, done } = queueWith([..."abcd"].map((id) => job(id, "dead")));
  let cursor: string | undefined;
  const stopped = replayWhere(
    queue,
    { name: "mail" },
    {
      onPage(so) {
        ({ cursor } = so);
        throw new Error("enough");
      },
    },
  );
  await expect(stopped).rejects.toThrow("enough");
  await replayWhere(queue, { name: "mail" }, { cursor });
  expect(done).toEqual(["replay a,b", "replay c,d"]);
});

test("fewer than one replay per second is a pace, too", async () => {
  const { platform, pass } = manualTime();
  const { queue, done } = queueWith([..."abc"].map((id) => job(id, "dead")));
  const replaying = replayWhere(queue, { name: "mail" }, { perSecond: 0.5, platform });
  await pass(1_999);
  expect(done).toEqual(["replay a"]);
  await pass(1);
  expect(done).toEqual(["replay a", "replay b"]);
  await pass(2_000);
  expect(await replaying).toMatchObject({ done: 3 });
});

test("a queue is obliterated only under its name, given twice", async () => {
  const { queue, listed, done } = queueWith([job("a", "dead"), job("b", "active")]);
  for (const options of [undefined, {}, { confirm: "Default" }, { confirm: true }]) {
    expect(await codeOf(() => obliterate(queue, "default", options as never))).toBe("invalid_option");
  }
  expect(await codeOf(() => obliterate(queue, "", { confirm: "" }))).toBe("invalid_name");
  expect(await codeOf(() => clear(queue, undefined as never))).toBe("invalid_name");
  expect([listed, done]).toEqual([[], []]);
  expect(await obliterate(queue, "default", { confirm: "default", dryRun: true })).toMatchObject({
    matched: 2,
    done: 0,
  });
  expect(done).toEqual([]);
});
