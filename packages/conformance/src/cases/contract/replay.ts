import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { HOUR, SECOND, claim, claimNew, claimOne, dead, ids, newJob, retry, row, settle, stateOf } from "../../jobs.ts";

export const replayCases: readonly Case[] = [
  defineCase({
    name: "a replayed dead letter starts anew under its id, the same but for that, and keeps its failures",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const headers = { v: "1", s: "~version", "m.user_id": "42" };
      await settle(harness, await claimNew(harness, "a", { headers, priority: 2 }), retry(0, "first"));
      await settle(harness, await claimOne(harness, "a"), dead("second"));
      await harness.pass(HOUR);
      expectEqual(await harness.adapter.replay([{ id: "a" }]), [{ status: "done" }], "the answer");
      const { failures, ...replayed } = await row(harness, "a");
      const { state, attempt, dueAt, enqueuedAt } = replayed;
      const now = harness.now();
      expectEqual(
        { state, attempt, dueAt, enqueuedAt },
        { state: "enqueued", attempt: 0, dueAt: now, enqueuedAt: now },
        "the row",
      );
      expectEqual(
        failures.map(({ message }) => message),
        ["first", "second"],
        "the failures",
      );
      await harness.pass(SECOND);
      const job = await claimOne(harness, "a");
      const { payload, priority, ageMs, waitedMs, stalled } = job;
      const { payload: before } = newJob("a");
      expectEqual([payload, job.headers, priority], [before, headers, 2], "what was enqueued");
      expectEqual(
        { attempt: job.attempt, ageMs, waitedMs, stalled },
        { attempt: 1, ageMs: SECOND, waitedMs: SECOND, stalled: false },
        "the claim",
      );
      await settle(harness, job, dead("third"));
      expectEqual(
        (await row(harness, "a")).failures.map(({ attempt: n, message }) => `${n} ${message}`),
        ["1 first", "2 second", "1 third"],
        "the failures after another death",
      );
    },
  }),

  defineCase({
    name: "a replay does not let the cancelled worker settle the job",
    needs: ["Pull", "Inspect", "Control", "fenced"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      await harness.adapter.cancel([{ id: "a" }]);
      await harness.adapter.replay([{ id: "a" }]);
      expectEqual(await settle(harness, job), "stale", "the settlement by the cancelled run");
      expectEqual(await stateOf(harness, "a"), "enqueued", "the state");
      expectEqual((await claimOne(harness, "a")).attempt, 1, "the attempt");
    },
  }),

  defineCase({
    name: "a replay that was broken off is finished by repeating it, and moves no job twice",
    fault: "F24",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const refs = Array.from({ length: 20 }, (_, i) => ({ id: `job-${i}` }));
      for (const { id } of refs) await settle(harness, await claimNew(harness, id), dead());
      await harness.adapter.replay(refs.slice(0, 8));
      const answers = await harness.adapter.replay(refs);
      expectEqual(answers.filter(({ status }) => status === "done").length, 12, "how many the second call moved");
      const jobs = await claim(harness, 30);
      expectEqual(new Set(ids(jobs)).size, 20, "how many run");
      expectEqual(jobs.length, 20, "how many claims it took");
    },
  }),
];
