import type { Unique } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SAME_PARTITION,
  SECOND,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  leaseOf,
  retry,
  row,
  settle,
  snooze,
} from "../../jobs.ts";
import { DEBOUNCE, KEEP, NEEDS, REPLACE, add, keyed, payloadOf, ref, stateOf } from "./keyed-jobs.ts";

/** What an enqueue with a taken key replaces, and who waits behind a running job. */
export const replacingCases: readonly Case[] = [
  defineCase({
    name: "a replaced job has the new data, due time and priority, and keeps its id and partition",
    needs: NEEDS,
    async run(harness) {
      await add(harness, "a", REPLACE, { payload: "1", due: { inMs: HOUR } });
      const parts = { payload: "2", headers: { v: "1", "m.n": "2" }, priority: 1, due: { inMs: MINUTE } };
      expectEqual(await add(harness, "b", REPLACE, parts), { status: "replaced", id: "a" }, "the answer");
      expectEqual(await stateOf(harness, "b"), "gone", "a row of the second id");
      await harness.pass(MINUTE);
      const { payload, headers, priority, attempt, partition } = await claimOne(harness, "a");
      expectEqual(
        { payload, headers, priority, attempt, partition },
        { payload: "2", headers: parts.headers, priority: 1, attempt: 1, ...SAME_PARTITION },
        "the job",
      );
    },
  }),

  defineCase({
    name: "a job that waits for its retry is replaced with all its attempts, and its failures stay",
    needs: NEEDS,
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", keyed(REPLACE)), retry(HOUR, "once"));
      expectEqual(await add(harness, "b", REPLACE, { payload: "2" }), { status: "replaced", id: "a" }, "the answer");
      const job = await claimOne(harness, "a");
      expectEqual([job.attempt, job.payload], [1, "2"], "its attempt and payload");
      expectEqual(
        (await row(harness, "a")).failures.map(({ message }) => message),
        ["once"],
        "its failures",
      );
    },
  }),

  defineCase({
    name: "a debounced job is due after the last delay, and at most after its longest wait",
    needs: [...NEEDS, "Wake"],
    async run(harness) {
      const unique: Unique = { ...DEBOUNCE, maxWaitMs: 25 * SECOND };
      const parts = { due: { inMs: 10 * SECOND } };
      await add(harness, "a", unique, parts);
      for (let i = 0; i < 3; i++) {
        await harness.pass(8 * SECOND);
        expectEqual((await claim(harness)).length, 0, "what is due before");
        await add(harness, `b${i}`, unique, { ...parts, payload: `${i}` });
      }
      const due = await harness.adapter.dueInMs({ queues: ["default"], schedules: [] });
      expectEqual(due, SECOND, "the time until it is due");
      await harness.pass(SECOND);
      expectEqual((await claimOne(harness, "a")).payload, "2", "the payload that runs");
    },
  }),

  defineCase({
    name: "the longest wait of a debounce counts from the first enqueue, also if its job waits for a retry by now",
    needs: [...NEEDS, "Wake"],
    async run(harness) {
      const unique: Unique = { ...DEBOUNCE, maxWaitMs: 10 * MINUTE };
      await add(harness, "a", unique, { due: { inMs: MINUTE } });
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), retry(HOUR));
      const answer = await add(harness, "b", unique, { due: { inMs: HOUR } });
      expectEqual(answer, { status: "replaced", id: "a" }, "the answer");
      const due = await harness.adapter.dueInMs({ queues: ["default"], schedules: [] });
      expectEqual(due, 9 * MINUTE, "the time until it is due");
    },
  }),

  defineCase({
    name: "behind a running job one waits with the latest data, and starts when it has ended, in whatever way",
    needs: NEEDS,
    async run(harness) {
      const ends = { complete, dead: dead(), cancel: undefined } as const;
      for (const [how, outcome] of Object.entries(ends)) {
        const job = await claimNew(harness, `${how}:1`, keyed(REPLACE));
        const behind = { status: "queued_behind", id: `${how}:2` };
        expectEqual(await add(harness, `${how}:2`, REPLACE, { payload: "2" }), behind, `the first answer (${how})`);
        expectEqual(await add(harness, `${how}:3`, REPLACE, { payload: "3" }), behind, `the second answer (${how})`);
        expectEqual(await stateOf(harness, `${how}:2`), "blocked", `the state of who waits (${how})`);
        expectEqual((await claim(harness, 9)).length, 0, `what runs beside (${how})`);
        if (outcome === undefined) await harness.adapter.cancel([ref(`${how}:1`)]);
        else await settle(harness, job, outcome);
        if (outcome === undefined) {
          // Its worker may learn of it as late as at the lease's end.
          expectEqual((await claim(harness, 9)).length, 0, "what runs beside a cancelled job");
          const replaced = { status: "replaced", id: `${how}:2` };
          expectEqual(await add(harness, `${how}:4`, REPLACE, { payload: "3" }), replaced, "the answer meanwhile");
          expectEqual((await claim(harness, 9)).length, 0, "what runs beside it with new data");
          await harness.pass(harness.adapter.traits.leaseMs);
        }
        const next = await claimOne(harness, `${how}:2`);
        expectEqual([next.payload, next.attempt], ["3", 1], `the payload and attempt of who follows (${how})`);
        await settle(harness, next);
      }
    },
  }),

  defineCase({
    name: "whoever waits behind a job still waits while that one is given back, retried or stalled",
    needs: NEEDS,
    async run(harness) {
      await claimNew(harness, "a", keyed(REPLACE));
      await add(harness, "b", REPLACE, { payload: "2" });
      await harness.pass(harness.adapter.traits.leaseMs);
      const stalled = await claim(harness, 9);
      expectEqual(
        stalled.map(({ id, stalled: taken }) => [id, taken]),
        [["a", true]],
        "what a claim takes over",
      );
      await harness.adapter.settle(stalled.map((job) => ({ ...leaseOf(job), outcome: snooze() })));
      const again = await claimOne(harness, "a");
      await settle(harness, again, retry(MINUTE));
      expectEqual((await claim(harness, 9)).length, 0, "what runs while it waits for its retry");
      expectEqual(
        await add(harness, "c", REPLACE, { payload: "3" }),
        { status: "queued_behind", id: "b" },
        "the answer",
      );
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"));
      expectEqual((await claimOne(harness, "b")).payload, "3", "the payload of who follows");
    },
  }),

  defineCase({
    name: "whoever waits behind another can be cancelled and removed, and then nobody follows",
    needs: NEEDS,
    async run(harness) {
      for (const verb of ["cancel", "remove"] as const) {
        const job = await claimNew(harness, `${verb}:1`, keyed(REPLACE));
        await add(harness, `${verb}:2`, REPLACE);
        expectEqual(
          await harness.adapter.runNow([ref(`${verb}:2`)]),
          [{ status: "refused", state: "blocked" }],
          "runNow",
        );
        expectEqual(await harness.adapter[verb]([ref(`${verb}:2`)]), [{ status: "done" }], verb);
        await settle(harness, job);
        expectEqual((await claim(harness, 9)).length, 0, `what follows after ${verb}`);
        expectEqual(await add(harness, `${verb}:3`, KEEP), { status: "created" }, `the answer after ${verb}`);
        await settle(harness, await claimOne(harness, `${verb}:3`));
      }
    },
  }),

  defineCase({
    name: "whoever waits behind a stalled job starts when that one is removed",
    needs: NEEDS,
    async run(harness) {
      await claimNew(harness, "a", keyed(REPLACE));
      await add(harness, "b", REPLACE);
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await harness.adapter.remove([ref("a")]), [{ status: "done" }], "the removal");
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "the end of a job wakes the workers for whoever waits behind it",
    fault: "F66",
    needs: [...NEEDS, "Notify"],
    async run(harness) {
      const job = await claimNew(harness, "a", keyed(REPLACE));
      await add(harness, "b", REPLACE);
      await harness.idle();
      let wakes = 0;
      const stop = harness.adapter.onWake(() => wakes++);
      await settle(harness, job);
      await harness.until(() => wakes > 0, "a listener was called");
      stop();
    },
  }),

  defineCase({
    name: "a released key is free, and whoever waits behind its job has it and may start",
    needs: NEEDS,
    async run(harness) {
      const { adapter } = harness;
      const key = { key: "k", ...SAME_PARTITION };
      expectEqual(await adapter.release([key]), ["free"], "the release of a key that nobody has");
      const job = await claimNew(harness, "a", keyed(REPLACE));
      await add(harness, "b", REPLACE);
      expectEqual(await adapter.release([key]), ["released"], "the release");
      const next = await claimOne(harness, "b");
      expectEqual((await add(harness, "c", KEEP))?.status, "duplicate", "the answer while it runs");
      expectEqual(await settle(harness, job), "accepted", "the settlement of the first");
      expectEqual((await add(harness, "c", KEEP))?.status, "duplicate", "the answer after the first has ended");
      await settle(harness, next);
      expectEqual(await add(harness, "c", KEEP), { status: "created" }, "the answer after both");
    },
  }),

  defineCase({
    name: "a repeated enqueue replaces nothing twice",
    fault: "F48",
    needs: NEEDS,
    async run(harness) {
      await add(harness, "a", DEBOUNCE, { due: { inMs: MINUTE } });
      const late = { payload: "2", due: { inMs: MINUTE } };
      await harness.pass(SECOND);
      expectEqual(await add(harness, "b", DEBOUNCE, late), { status: "replaced", id: "a" }, "the answer");
      await harness.pass(SECOND);
      expectEqual(
        await add(harness, "b", DEBOUNCE, late),
        { status: "replaced", id: "a" },
        "the answer to its repetition",
      );
      await harness.pass(58 * SECOND);
      expectEqual((await claim(harness)).length, 0, "what is due before");
      await harness.pass(SECOND);
      await claimOne(harness, "a");
      const again = await add(harness, "b", DEBOUNCE, late);
      expectEqual(again, { status: "duplicate", state: "active", id: "a" }, "the answer while its data run");
      expectEqual(await payloadOf(harness, "a"), "2", "the payload");
    },
  }),
];
