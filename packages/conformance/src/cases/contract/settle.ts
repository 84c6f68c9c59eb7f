import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SAME_PARTITION,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  enqueue,
  ids,
  leaseOf,
  retry,
  row,
  settle,
  snooze,
  stateOf,
} from "../../jobs.ts";

export const settleCases: readonly Case[] = [
  defineCase({
    name: "a completed job stands with its result and runs no more",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const result = JSON.stringify({ text: 'naïve 👩‍👩‍👧 "quoted" \u2028' });
      const job = await claimNew(harness, "a");
      await harness.pass(MINUTE);
      expectEqual(await settle(harness, job, { type: "complete", result }), "accepted", "the answer");
      const { state, result: stored, dueAt, attempt } = await row(harness, "a");
      const expected = { state: "completed", stored: result, dueAt: harness.now(), attempt: 1 };
      expectEqual({ state, stored, dueAt, attempt }, expected, "the row");
      await harness.pass(harness.adapter.traits.leaseMs + HOUR);
      expectEqual(await claim(harness), [], "what is claimed later");
    },
  }),

  defineCase({
    name: "a retried job waits for its delay as failed, with the failure on record",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      const at = harness.now();
      await settle(harness, job, { type: "retry", delayMs: MINUTE, failure: { message: "no route", stack: "at x" } });
      const { state, dueAt, attempt, failures } = await row(harness, "a");
      expectEqual({ state, dueAt, attempt }, { state: "failed", dueAt: at + MINUTE, attempt: 1 }, "the row");
      expectEqual(failures, [{ attempt: 1, at, message: "no route", stack: "at x" }], "the failures");
      await harness.pass(MINUTE - 1);
      expectEqual(ids(await claim(harness)), [], "what is claimed before its delay is over");
      await harness.pass(1);
      expectEqual(await stateOf(harness, "a"), "enqueued", "the state when its delay is over");
      expectEqual((await claimOne(harness, "a")).attempt, 2, "the attempt");
    },
  }),

  defineCase({
    name: "a snooze gives its attempt back and leaves no failure",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), snooze(MINUTE));
      const { state, attempt, failures } = await row(harness, "a");
      expectEqual({ state, attempt, failures }, { state: "delayed", attempt: 0, failures: [] }, "the row");
      await harness.pass(MINUTE - 1);
      expectEqual(ids(await claim(harness)), [], "what is claimed before the delay is over");
      await harness.pass(1);
      expectEqual((await claimOne(harness, "a")).attempt, 1, "the attempt");
    },
  }),

  defineCase({
    name: "a snooze after a failure gives back that attempt alone, and shows as a delay",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), retry());
      await settle(harness, await claimOne(harness, "a"), snooze(MINUTE));
      const { state, attempt, failures } = await row(harness, "a");
      expectEqual([state, attempt, failures.length], ["delayed", 1, 1], "state, attempts, failures");
      await harness.pass(MINUTE);
      const again = await claimOne(harness, "a");
      expectEqual(again.attempt, 2, "the attempt");
      await settle(harness, again, retry(MINUTE));
      expectEqual(await stateOf(harness, "a"), "failed", "the state after another failure");
    },
  }),

  defineCase({
    name: "a dead job stands as a dead letter, payload and cause intact, and runs no more",
    fault: "F23",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a", { keepMs: 0 });
      expectEqual(await settle(harness, job, dead("the account is closed")), "accepted", "the answer");
      const { state, payload, dueAt, failures, result } = await row(harness, "a");
      expectEqual({ state, payload, dueAt }, { state: "dead", payload: job.payload, dueAt: harness.now() }, "the row");
      expectEqual(
        failures,
        [{ attempt: 1, at: harness.now(), message: "the account is closed" }],
        "the failures of the dead letter",
      );
      expectEqual(result, undefined, "its result");
      await harness.pass(100 * HOUR);
      expectEqual(await claim(harness), [], "what is claimed later");
      expectEqual(await stateOf(harness, "a"), "dead", "the state later");
    },
  }),

  defineCase({
    name: "of many failures the first and the last nine are kept",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      for (let attempt = 1; attempt <= 13; attempt++) {
        await settle(harness, await claimOne(harness, "a"), retry(0, `failure ${attempt}`));
      }
      const { failures } = await row(harness, "a");
      expectEqual(
        failures.map(({ attempt, message }) => `${attempt} ${message}`),
        [1, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((n) => `${n} failure ${n}`),
        "the failures",
      );
    },
  }),

  ...[complete, retry(MINUTE), snooze(MINUTE), dead()].map((outcome) =>
    defineCase({
      name: `a settlement whose reply was lost can be repeated: ${outcome.type}`,
      fault: "F91",
      needs: ["Pull", "Inspect"],
      async run(harness) {
        const job = await claimNew(harness, "a");
        expectEqual(await settle(harness, job, outcome), "accepted", "the first answer");
        const before = await row(harness, "a");
        await harness.pass(1_000);
        expectEqual(await settle(harness, job, outcome), "repeated", "the second answer");
        expectEqual(await settle(harness, job, dead("a change of mind")), "repeated", "the answer to another outcome");
        expectEqual(await row(harness, "a"), before, "the row");
      },
    }),
  ),

  defineCase({
    name: "once the job is claimed again, the token that settled it before is stale",
    fault: "F02",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      const first = await claimNew(harness, "a");
      await settle(harness, first, retry());
      const second = await claimOne(harness, "a");
      expectEqual(await settle(harness, first, retry()), "stale", "the answer to the first token");
      expectEqual(await stateOf(harness, "a"), "active", "the state");
      await settle(harness, second, snooze());
      expectEqual(await settle(harness, first, snooze()), "stale", "the answer after a release");
    },
  }),

  defineCase({
    name: "a settlement of a job that is not there answers that it is gone",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a", { keepMs: 0 });
      expectEqual(await settle(harness, job), "accepted", "the first answer");
      expectEqual(await settle(harness, job), "gone", "the answer to a repetition");
      expectEqual(await settle(harness, { id: "never-was", token: job.token }), "gone", "the answer for an unknown id");
    },
  }),

  defineCase({
    name: "each job of a batch is settled by itself and answered in its place",
    fault: "F34",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      await enqueue(harness, ["a", "b", "c", "d"], SAME_PARTITION);
      const [a, b, c, d] = await claim(harness, 4);
      expect(a !== undefined && b !== undefined && c !== undefined && d !== undefined, "four jobs should be claimed");
      const answers = await harness.adapter.settle([
        { ...leaseOf(d), outcome: dead() },
        { ...leaseOf(b), token: b.token + 1_000, outcome: complete },
        { ...leaseOf(a), outcome: complete },
        { ...leaseOf(a), id: "gone", outcome: complete },
        { ...leaseOf(c), outcome: retry(MINUTE) },
        { ...leaseOf(a), outcome: complete },
      ]);
      expectEqual(answers, ["accepted", "stale", "accepted", "gone", "accepted", "repeated"], "the answers");
      const states = await Promise.all(["a", "b", "c", "d"].map((id) => stateOf(harness, id, b.partition)));
      expectEqual(states, ["completed", "active", "failed", "dead"], "the states");
    },
  }),

  defineCase({
    name: "of two outcomes by one token at once, one counts",
    fault: "F145",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      const answers = await Promise.all([
        settle(harness, job, dead()),
        settle(harness, job, complete),
        settle(harness, job, dead()),
      ]);
      expectEqual([...answers].sort(), ["accepted", "repeated", "repeated"], "the answers");
    },
  }),

  defineCase({
    name: "no settlement changes a terminal state",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      await settle(harness, job, complete);
      for (const outcome of [retry(), snooze(), dead()]) {
        await settle(harness, { id: "a", token: job.token + 1 }, outcome);
        await settle(harness, job, outcome);
      }
      expectEqual(await stateOf(harness, "a"), "completed", "the state");
      expectEqual((await row(harness, "a")).failures, [], "the failures");
    },
  }),
];
