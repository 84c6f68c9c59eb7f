import { expect, test } from "vitest";
import type { Control, Inspect, JobRef, StoredJob } from "../src/adapter.ts";
import { type JobEvent, createQueue } from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const stored = (id: string): StoredJob => ({
  id,
  partition: "user:42",
  name: "send-mail",
  queue: "mail",
  payload: '{"secret":"canary"}',
  headers: { v: "1", "m.user_id": "42" },
  priority: 5,
  state: "dead",
  attempt: 5,
  enqueuedAt: 0,
  dueAt: 0,
  result: '"canary"',
  failures: [{ message: "canary", attempt: 1, at: 0 }],
});

/** A backend with two dead letters, and whatever it was sent of them. */
function harbour() {
  const sent: (readonly JobRef[])[] = [];
  const verb = async (refs: readonly JobRef[]) => {
    sent.push(refs);
    return refs.map(({ id }) => (id === "b" ? ({ status: "gone" } as const) : ({ status: "done" } as const)));
  };
  const inspect: Inspect = {
    get: async (refs) => {
      sent.push(refs);
      return refs.map(({ id }) => stored(id));
    },
    list: async () => ({ jobs: [stored("a"), stored("b"), stored("c")] }),
    counts: async () => [],
  };
  const control: Control = {
    cancel: verb,
    replay: verb,
    runNow: verb,
    remove: verb,
    async pause() {},
    async resume() {},
  };
  const events: JobEvent[] = [];
  const queue = createQueue(
    { ...minimalAdapter(), ...inspect, ...control },
    { onEvent: (event) => void events.push(event) },
  );
  return { queue, sent, events };
}

test("X48: a page of jobs that is replayed is sent as ids and partitions, and told without a payload", async () => {
  const { queue, sent, events } = harbour();
  const { jobs } = await queue.list({ state: "dead" });
  const answers = await queue.replayMany(jobs);
  expect(answers.map(({ status }) => status)).toEqual(["done", "gone", "done"]);
  expect(sent).toEqual([["a", "b", "c"].map((id) => ({ id, partition: "user:42" }))]);
  const known = { partition: "user:42", name: "send-mail", queue: "mail", metadata: { user_id: "42" } };
  expect(events).toMatchObject(["a", "c"].map((id) => ({ type: "replayed", ref: { id, ...known } })));
  expect(JSON.stringify([sent, events])).not.toContain("canary");
});

const told = { cancel: "cancelled", replay: "replayed", runNow: "ranNow", remove: "removed" } as const;

for (const verb of ["cancel", "replay", "runNow", "remove"] as const) {
  test(`${verb}Many sends and tells references of all its jobs, and answers each in its place`, async () => {
    const { queue, sent, events } = harbour();
    const { jobs } = await queue.list();
    const answers = await queue[`${verb}Many`]([...jobs, "d"]);
    expect(answers.map(({ status }) => status)).toEqual(["done", "gone", "done", "done"]);
    expect(sent).toEqual([[...["a", "b", "c"].map((id) => ({ id, partition: "user:42" })), { id: "d" }]]);
    expect(events.map((event) => "ref" in event && [event.type, event.ref.id])).toEqual(
      ["a", "c", "d"].map((id) => [told[verb], id]),
    );
    expect(await codeOf(() => queue[`${verb}Many`](Array.from({ length: 1_001 }, String)))).toBe("batch_too_large");
  });

  test(`${verb} sends and tells a reference, whatever it was given, and tells only what was done`, async () => {
    const { queue, sent, events } = harbour();
    const [job] = (await queue.list()).jobs;
    if (job === undefined) throw new Error("there are jobs");
    await queue[verb](job);
    await queue[verb]("c");
    await queue[verb]("b");
    expect(sent.flat().map((ref) => Object.keys(ref).sort())).toEqual(sent.map(() => ["id", "partition"]));
    expect(events.map((event) => "ref" in event && [event.type, event.ref.id, event.ref.name])).toEqual([
      [told[verb], "a", "send-mail"],
      [told[verb], "c", undefined],
    ]);
    expect(JSON.stringify([sent, events])).not.toContain("canary");
  });
}

test("get sends a reference, whatever it was given", async () => {
  const { queue, sent } = harbour();
  const [job] = (await queue.list()).jobs;
  await queue.get(job ?? "a");
  expect(sent).toEqual([[{ id: "a", partition: "user:42" }]]);
});
