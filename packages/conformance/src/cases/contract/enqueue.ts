import type { NewJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, claim, enqueue, ids, newJob, row, work } from "../../jobs.ts";

export const enqueueCases: readonly Case[] = [
  defineCase({
    name: "a store answers that a new job was created",
    needs: ["unique"],
    async run({ adapter }) {
      expectEqual(await adapter.enqueue([newJob("a")]), [{ status: "created" }], "the answers");
    },
  }),

  defineCase({
    name: "every job of a batch is answered, in its place, and never with silence",
    fault: "F45",
    needs: ["unique"],
    async run({ adapter }) {
      await adapter.enqueue([newJob("b")]);
      const answers = await adapter.enqueue([newJob("a"), newJob("b"), newJob("c")]);
      expectEqual(
        answers,
        [{ status: "created" }, { status: "duplicate", state: "enqueued" }, { status: "created" }],
        "the answers",
      );
    },
  }),

  defineCase({
    name: "a clock may tell parts of a millisecond",
    needs: ["work", "Inspect"],
    async run(harness) {
      await harness.pass(0.4);
      await harness.adapter.enqueue([newJob("a"), newJob("b")]);
      await harness.pass(1.3);
      const worked = await work(harness, ({ id }) =>
        id === "a" ? { type: "complete" } : { type: "retry", delayMs: MINUTE, failure: { message: "again" } },
      );
      expectEqual([...ids(worked)].sort(), ["a", "b"], "the jobs that ran");
      await harness.pass(MINUTE + 0.5);
      const rows = await harness.adapter.get([{ id: "a" }, { id: "b" }]);
      expectEqual(
        rows.map((job) => job?.state),
        ["completed", "enqueued"],
        "the states",
      );
    },
  }),

  defineCase({
    name: "an empty batch is answered with an empty list",
    needs: [],
    async run({ adapter }) {
      expectEqual(await adapter.enqueue([]), [], "the answers to no jobs");
      expectEqual(await adapter.settle([]), [], "the answers to no settlements");
    },
  }),

  defineCase({
    name: "a worker gets the job byte for byte, on every attempt",
    needs: ["work"],
    async run(harness) {
      const job = awkwardJob();
      await harness.adapter.enqueue([job]);
      const { due: _due, keepMs: _keepMs, ...data } = job;
      for (const attempt of [1, 2]) {
        const [got] = await work(harness, () => ({ type: "retry", delayMs: MINUTE, failure: { message: "again" } }));
        expect(got !== undefined, `attempt ${attempt} was never made`);
        const { token: _token, attempt: _attempt, stalled: _stalled, ageMs: _age, waitedMs: _waited, ...rest } = got;
        expectEqual(rest, data, `the job at attempt ${attempt}`);
        await harness.pass(MINUTE);
      }
    },
  }),

  defineCase({
    name: "a store shows the job byte for byte",
    needs: ["Inspect"],
    async run(harness) {
      const { due: _due, keepMs: _keepMs, ...data } = awkwardJob();
      await harness.adapter.enqueue([awkwardJob()]);
      const [got] = await harness.adapter.get([{ id: data.id, partition: "p/1" }]);
      expect(got !== undefined, "the job is not there");
      const { state: _state, attempt: _attempt, enqueuedAt: _at, dueAt: _due2, failures: _failures, ...rest } = got;
      expectEqual(rest, data, "the stored job");
    },
  }),

  defineCase({
    name: "a batch of a thousand is taken in one call",
    needs: ["work"],
    async run(harness) {
      const jobs = Array.from({ length: 1_000 }, (_, i) => newJob(`job-${i}`));
      const answers = await harness.adapter.enqueue(jobs);
      expectEqual(answers.length, 1_000, "the number of answers");
      expect(
        answers.every(({ status }) => status === "created" || status === "sent"),
        "not every job was taken",
      );
      const seen = new Set(ids(await work(harness)));
      expectEqual(seen.size, 1_000, "the number of jobs that came out");
    },
  }),

  defineCase({
    name: "a delayed job waits until it is due",
    fault: "F15",
    needs: ["work"],
    async run(harness) {
      const delayMs = Math.min(6 * HOUR, harness.adapter.traits.maxDelayMs);
      await harness.adapter.enqueue([newJob("later", { due: { inMs: delayMs } })]);
      expectEqual(ids(await work(harness)), [], "what ran at once");
      await harness.pass(delayMs - 1);
      expectEqual(ids(await work(harness)), [], "what ran a moment too early");
      await harness.pass(1);
      expectEqual(ids(await work(harness)), ["later"], "what ran when it was due");
    },
  }),

  defineCase({
    name: "a job that is due at an instant waits for it on the adapter's clock",
    fault: "F63",
    needs: ["work"],
    async run(harness) {
      const at = harness.now() + HOUR;
      await harness.adapter.enqueue([newJob("at", { due: { at } })]);
      await harness.pass(HOUR - MINUTE);
      expectEqual(ids(await work(harness)), [], "what ran before the instant");
      await harness.pass(MINUTE);
      expectEqual(ids(await work(harness)), ["at"], "what ran at the instant");
    },
  }),

  defineCase({
    name: "a job whose instant is past is due at once",
    needs: ["work"],
    async run(harness) {
      await harness.adapter.enqueue([newJob("past", { due: { at: harness.now() - HOUR } })]);
      expectEqual(ids(await work(harness)), ["past"], "what ran at once");
    },
  }),

  defineCase({
    name: "a job's state follows from its due time",
    needs: ["Inspect"],
    async run(harness) {
      await enqueue(harness, ["now"]);
      await enqueue(harness, ["later"], { due: { inMs: MINUTE } });
      const [now, later] = [await row(harness, "now"), await row(harness, "later")];
      expectEqual([now.state, later.state], ["enqueued", "delayed"], "the states");
      expectEqual([now.dueAt, later.dueAt], [harness.now(), harness.now() + MINUTE], "when they are due");
      expectEqual([now.enqueuedAt, now.attempt, now.failures], [harness.now(), 0, []], "what a new row says");
      await harness.pass(MINUTE);
      expectEqual((await row(harness, "later")).state, "enqueued", "the state once it is due");
    },
  }),

  defineCase({
    name: "names such as __proto__, or with quotes, are plain names",
    fault: "F93",
    needs: ["Pull", "unique"],
    async run(harness) {
      for (const id of AWKWARD_IDS) {
        expectEqual(
          await harness.adapter.enqueue([newJob(id, { queue: "constructor", name: "toString" })]),
          [{ status: "created" }],
          `the answer for the id ${id}`,
        );
      }
      const got = await claim(harness, AWKWARD_IDS.length, "constructor");
      expectEqual([...ids(got)].sort(), [...AWKWARD_IDS].sort(), "the claimed ids");
      expectEqual(await claim(harness, 1, "default"), [], "what another queue holds");
    },
  }),

  defineCase({
    name: "ids that differ in case or by a trailing dot are different jobs",
    needs: ["Pull", "unique"],
    async run(harness) {
      await enqueue(harness, ["user:1", "USER:1", "user:1."]);
      expectEqual([...ids(await claim(harness, 10))].sort(), ["USER:1", "user:1", "user:1."], "the claimed ids");
    },
  }),

  defineCase({
    name: "a job comes back with its partition",
    needs: ["Pull"],
    async run(harness) {
      await enqueue(harness, ["a"], { partition: "user:42" });
      await enqueue(harness, ["b"]);
      const jobs = await claim(harness, 2);
      const partitions = new Map(jobs.map(({ id, partition }) => [id, partition]));
      expectEqual([partitions.get("a"), partitions.get("b")], ["user:42", undefined], "the partitions");
    },
  }),
];

const AWKWARD_IDS: readonly string[] = ["__proto__", "constructor", "hasOwnProperty", "a:lock", "..", "~", "0"];

/** Text that careless encoding, quoting or normalisation would change. */
function awkwardJob(): NewJob {
  const text = 'naïve 👩‍👩‍👧 e\u0301 \u2028 \'; DROP TABLE jobs;-- "quoted" \\ \u0000 %s $1 <b>';
  return newJob("awkward:job/1", {
    partition: "p/1",
    payload: JSON.stringify({ text, big: 2 ** 53, tiny: -0.1, nested: [[], {}, null, ""], __proto: 1 }),
    headers: { v: "1", "m.user_id": "42", "m.text": text, constructor: "x", empty: "" },
    priority: 0,
  });
}
