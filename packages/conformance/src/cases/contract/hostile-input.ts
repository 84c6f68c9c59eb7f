import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { MINUTE, claim, claimNew, claimOne, enqueue, ids, newJob, row, settle, stateOf } from "../../jobs.ts";

/** Names and texts that a careless map, pattern or query would misread. */
export const hostileInputCases: readonly Case[] = [
  defineCase({
    name: "names such as __proto__ are plain names to operators as well",
    fault: "X16",
    needs: ["Pull", "Inspect", "Control", "unique"],
    async run(harness) {
      const { adapter } = harness;
      for (const id of OWN_NAMES) {
        const ref = [{ id }];
        const nobody = [
          await adapter.get(ref),
          await adapter.cancel(ref),
          await adapter.replay(ref),
          await adapter.runNow(ref),
          await adapter.remove(ref),
        ];
        const gone = [{ status: "gone" }];
        expectEqual(nobody, [[undefined], gone, gone, gone, gone], `the answers about ${id}, which is not there`);
        await enqueue(harness, [id]);
        expectEqual(await stateOf(harness, id), "enqueued", `the state of ${id}`);
        expectEqual(await adapter.cancel(ref), [{ status: "done" }], `cancelling ${id}`);
        expectEqual(await adapter.replay(ref), [{ status: "done" }], `replaying ${id}`);
        expectEqual(await adapter.cancel([{ id: "valueOf" }]), gone, "what is about another one");
        const [job] = await claim(harness);
        expectEqual(job?.id, id, "what was claimed");
        if (job !== undefined) expectEqual(await settle(harness, job), "accepted", `settling ${id}`);
        expectEqual(await adapter.remove(ref), [{ status: "done" }], `removing ${id}`);
      }
      expectEqual(Reflect.get({}, "id"), undefined, "what objects inherit");
    },
  }),

  defineCase({
    name: "a queue may be called constructor, and is paused and counted by itself",
    fault: "F93",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const queues = ["constructor", "toString", "hasOwnProperty"];
      for (const queue of queues) await enqueue(harness, [`of-${queue}`], { queue });
      await harness.adapter.pause("constructor");
      expectEqual(ids(await claim(harness, 9, "constructor")), [], "what a paused queue gives");
      expectEqual(ids(await claim(harness, 9, "toString")), ["of-toString"], "what another one gives");
      const counts = await harness.adapter.counts();
      const found = queues.map((name) => counts.find(({ queue }) => queue === name));
      expectEqual(
        found.map((one) => [one?.paused, one?.counts]),
        [
          [true, { enqueued: 1 }],
          [false, { active: 1 }],
          [false, { enqueued: 1 }],
        ],
        "the counts",
      );
      await harness.adapter.resume("constructor");
      expectEqual(ids(await claim(harness, 9, "constructor")), ["of-constructor"], "what it gives once resumed");
    },
  }),

  defineCase({
    name: "a schedule may be called constructor",
    fault: "F93",
    needs: ["Schedules"],
    async run({ adapter, now }) {
      const refs = ["constructor", "toString", "valueOf"].map((name) => ({ name, rule: name }));
      const from = now();
      const first = await adapter.declare(refs);
      expectEqual(
        first.rows.map(({ cursor }) => cursor),
        [from, from, from],
        "the cursors of new schedules",
      );
      const step = { name: "toString", rule: "toString", from, to: from + MINUTE, nextAt: from + 2 * MINUTE };
      expectEqual(await adapter.advance([step]), [{ status: "moved" }], "the first advance");
      expectEqual(await adapter.advance([step]), [{ status: "behind" }], "the same again");
      const { rows } = await adapter.declare(refs);
      expectEqual(
        rows.map(({ cursor }) => cursor),
        [from, from + MINUTE, from],
        "the cursors after it",
      );
    },
  }),

  defineCase({
    name: "any text as a cursor is answered by a page or refused",
    fault: "X33",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const there = Array.from({ length: 5 }, (_, i) => `job-${i}`);
      await settle(harness, await claimNew(harness, "first"));
      await enqueue(harness, there);
      const { cursor = "" } = await harness.adapter.list({ limit: 2 });
      for (const text of [...CURSORS, `${cursor}\0`, `-${cursor}`, cursor.repeat(1_000)]) {
        try {
          const page = await harness.adapter.list({ limit: 2, cursor: text });
          expect(page.jobs.length <= 2, `the page after ${text} has ${page.jobs.length} jobs`);
          expect(
            page.jobs.every(({ id }) => id === "first" || there.includes(id)),
            `the page after ${text} has jobs that nobody enqueued`,
          );
        } catch (error) {
          expectEqual(Reflect.get(Object(error), "code"), "invalid_cursor", `the refusal of ${text.slice(0, 60)}`);
        }
      }
      expectEqual((await harness.adapter.list({ limit: 9 })).jobs.length, 6, "how many there are in the end");
    },
  }),

  defineCase({
    name: "text that looks like SQL is stored as text, and matches nothing as a filter",
    fault: "X31",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      for (const [n, text] of QUERIES.entries()) {
        const id = `job-${n}`;
        const job = newJob(id, { payload: JSON.stringify(text), headers: { v: "1", "m.text": text } });
        await harness.adapter.enqueue([job]);
        const got = await claimOne(harness, id);
        expectEqual([got.payload, got.headers], [job.payload, job.headers], "what the worker gets");
        const failure = { message: text, stack: text };
        expectEqual(await settle(harness, got, { type: "dead", failure }), "accepted", "its end");
        const [kept] = (await row(harness, id)).failures;
        expectEqual([kept?.message, kept?.stack], [text, text], "its failure");
        expectEqual(ids((await harness.adapter.list({ queue: text, limit: 9 })).jobs), [], `the queue ${text}`);
      }
      const { jobs } = await harness.adapter.list({ limit: 100 });
      expectEqual(jobs.length, QUERIES.length, "how many there are in the end");
    },
  }),
];

const OWN_NAMES: readonly string[] = ["__proto__", "constructor", "toString", "hasOwnProperty", "then", "length", "0"];

const QUERIES: readonly string[] = ["a'; DROP TABLE jobs;--", '"', "' OR 1=1 --", "%", "?1", "$1", ":id", "\\", "*"];

const CURSORS: readonly string[] = [
  " ",
  "0",
  "-1",
  "0:",
  "9:",
  "0:zzz",
  "1e3",
  "1e400",
  "0x10",
  "NaN",
  "Infinity",
  "null",
  "{}",
  "__proto__",
  "constructor",
  "length",
  "' OR 1=1 --",
  "../../etc/passwd",
  "\0",
  "\ud800",
  "9007199254740993",
  "x".repeat(10_000),
];
