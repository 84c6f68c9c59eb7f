import {
  type Rule,
  type Schedule,
  createQueue,
  createWorker,
  defineJob,
  every,
  handle,
  schedule,
} from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";
import { START } from "@longshore/testing/tools";

import { hourlyWorker, ticker } from "./ticker.ts";

export const occurrenceCases: readonly Case[] = [
  defineCase({
    name: "a schedule that is new fires at its next occurrence, not at once",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const { pipeline, tick, nominals } = ticker(harness, [schedule("hourly", every("1h"), task.with({}))]);
      await tick();
      expectEqual(pipeline.count("fired"), 0, "how often it fired at once");
      await harness.pass(HOUR);
      await tick();
      await tick();
      expectEqual(nominals(), [START + HOUR], "the nominal times");
      const { waitedMs } = await pipeline.drain(hourlyWorker(harness, pipeline)).then(() => pipeline.newest("started"));
      expectEqual(waitedMs, 0, "how long the occurrence had waited");
    },
  }),

  defineCase({
    name: "ten workers tick at once, and each occurrence fires once",
    fault: "F55",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const tickers = Array.from({ length: 10 }, () =>
        ticker(harness, [schedule("hourly", every("1h"), task.with({}))]),
      );
      for (let hours = 0; hours < 5; hours++) {
        await harness.soon(Promise.all(tickers.map(({ tick }) => tick())), "every worker ticked");
        await harness.pass(HOUR);
      }
      const fired = tickers.flatMap(({ nominals }) => nominals()).sort((a, b) => a - b);
      expectEqual(
        fired,
        [1, 2, 3, 4].map((hour) => START + hour * HOUR),
        "what all of them fired",
      );
      const runner = newPipeline(harness);
      await runner.drain(hourlyWorker(harness, runner));
      expectEqual(runner.count("completed"), 4, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "after downtime the latest missed occurrence is caught up with, once",
    fault: "F60",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const { tick, nominals } = ticker(harness, [schedule("minutely", every("1m"), task.with({}))]);
      await tick();
      await harness.pass(3 * HOUR + 30 * SECOND);
      await tick();
      await tick();
      expectEqual(nominals(), [START + 3 * HOUR], "what fired after three hours");
      await harness.pass(MINUTE);
      await tick();
      expectEqual(nominals(), [START + 3 * HOUR, START + 3 * HOUR + MINUTE], "what fired a minute later");
    },
  }),

  defineCase({
    name: "a schedule may catch up with some of the occurrences that it missed, or with none",
    fault: "F60",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const [some, none] = [schedule("some", every("1h"), task.with({}), { missed: { all: 3 } }), skipping()];
      const both = ticker(harness, [some, none]);
      await both.tick();
      await harness.pass(5 * HOUR + 30 * MINUTE);
      await both.tick();
      expectEqual(
        both.nominals("some"),
        [3, 4, 5].map((hour) => START + hour * HOUR),
        "what three of five are",
      );
      expectEqual(both.nominals("none"), [], "what none of five is");
      await harness.pass(30 * MINUTE);
      await both.tick();
      expectEqual(both.nominals("none"), [START + 6 * HOUR], "what fires on time");
    },
  }),

  defineCase({
    name: "a weekly occurrence fires once in its week, although the row of its job is gone by then",
    fault: "F54",
    needs: ["Pull", "Schedules", "Prune"],
    async run(harness) {
      const digest = defineJob("task", { input: anything, keep: "1h" });
      const { pipeline, tick, nominals } = ticker(harness, [schedule("weekly", every("7d"), digest.with({}))]);
      for (let day = 0; day < 22; day++) {
        await tick();
        await pipeline.drain(hourlyWorker(harness, pipeline));
        await harness.pass(DAY);
      }
      expectEqual(
        [nominals().length, pipeline.count("completed")],
        [3, 3],
        "how often it fired and ran in three weeks",
      );
    },
  }),

  defineCase({
    name: "workers whose clocks are off fire by the backend's clock, and start nothing before it is due",
    fault: "F63",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const hourly = [schedule("hourly", every("1h"), task.with({}))];
      const [fast, slow] = [ticker(harness, hourly, 10 * MINUTE), ticker(harness, hourly, -10 * MINUTE)];
      await fast.tick();
      await createQueue(harness.adapter, fast.pipeline.options).enqueue(task, {}, { runAt: harness.now() + HOUR });
      await harness.pass(HOUR - 5 * MINUTE);
      await fast.tick();
      await fast.pipeline.drain(hourlyWorker(harness, fast.pipeline));
      expectEqual([fast.nominals(), fast.pipeline.count("started")], [[], 0], "what the fast one did too early");
      await harness.pass(5 * MINUTE);
      await slow.tick();
      await slow.pipeline.drain(hourlyWorker(harness, slow.pipeline));
      expectEqual(
        [slow.nominals(), slow.pipeline.count("completed")],
        [[START + HOUR], 2],
        "what the slow one did on time",
      );
    },
  }),

  defineCase({
    name: "nominal times form an exact series, however late the ticks are",
    fault: "F61",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const { tick, nominals } = ticker(harness, [schedule("often", every("10s"), task.with({}))]);
      for (let i = 0; i < 60; i++) {
        const nextMs = await tick();
        await harness.pass((nextMs ?? 0) + ((i * 7) % 9) * 1_000);
      }
      const fired = nominals();
      expectEqual(
        fired,
        fired.map((_, i) => START + (i + 1) * 10 * SECOND),
        "the nominal times",
      );
      expectEqual(fired.length, 59, "how often it fired");
    },
  }),

  defineCase({
    name: "a running worker fires its schedules by itself, and after a restart goes on where it was",
    fault: "F58",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      // A loop polls every few seconds: hours of it would take most of the suite's time.
      const schedules = [schedule("often", every("10m"), task.with({}))];
      const handlers = [handle(task, () => {})];
      for (let life = 0; life < 2; life++) {
        const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, schedules });
        worker.start();
        await harness.pass(20 * MINUTE);
        await harness.until(
          () => pipeline.count("completed") === 2 * (life + 1),
          `${2 * (life + 1)} occurrences were run`,
        );
        await harness.soon(worker.stop(), "the worker stopped");
      }
      expectEqual(pipeline.count("fired"), 4, "how often it fired in forty minutes");
    },
  }),

  defineCase({
    name: "the next time of a schedule is stored at its first tick, also after its rule was changed",
    fault: "F58",
    needs: ["Pull", "Schedules", "Wake"],
    async run(harness) {
      const dueInMs = (rule: Rule): Promise<number | undefined> =>
        harness.adapter.dueInMs({ queues: [], schedules: [{ name: "report", rule: rule.text }] });
      for (const rule of [every("1h"), every("20m")]) {
        await ticker(harness, [schedule("report", rule, task.with({}))]).tick();
        expectEqual(
          await dueInMs(rule),
          (rule.next(START) ?? START) - START,
          `the time until the first of ${rule.text}`,
        );
      }
    },
  }),

  defineCase({
    name: "when the backend's clock goes back nothing fires again, and no wake-up comes for what has fired",
    fault: "F54",
    needs: ["Pull", "Schedules", "Wake"],
    async run(harness) {
      const { tick, nominals } = ticker(harness, [schedule("hourly", every("1h"), task.with({}))]);
      const schedules = [{ name: "hourly", rule: "every 1h" }];
      const dueInMs = (): Promise<number | undefined> => harness.adapter.dueInMs({ queues: [], schedules });
      // Declared by a process that ended before it could say when the schedule first fires.
      await harness.adapter.declare(schedules);
      await harness.pass(-MINUTE);
      await tick();
      expectEqual(await dueInMs(), HOUR + MINUTE, "the time until the first occurrence");
      await harness.pass(HOUR + MINUTE);
      await tick();
      await harness.pass(-MINUTE);
      await tick();
      expectEqual(nominals(), [START + HOUR], "the nominal times");
      expectEqual(await dueInMs(), HOUR + MINUTE, "the time until the next occurrence");
      await harness.pass(MINUTE);
      await tick();
      expectEqual(nominals(), [START + HOUR], "the nominal times when the clock is where it was");
    },
  }),

  defineCase({
    name: "a schedule whose request throws stops no other schedule, is logged by name, and is tried again",
    fault: "F58",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      let broken = true;
      const request = () => {
        if (broken) throw new Error("no such template");
        return task.with({});
      };
      const { pipeline, tick, nominals } = ticker(harness, [
        schedule("first", every("1h"), request),
        schedule("second", every("1h"), task.with({})),
      ]);
      await tick();
      await harness.pass(HOUR);
      await tick();
      expectEqual([nominals("first"), nominals("second")], [[], [START + HOUR]], "what fired beside it");
      broken = false;
      await tick();
      expectEqual(nominals("first"), [START + HOUR], "what fired once it was mended");
      expectEqual(pipeline.newest("fired").status, "created", "what became of its job");
    },
  }),

  defineCase({
    name: "a tick makes two calls, whatever the number of schedules",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const many = Array.from({ length: 500 }, (_, n) => schedule(`hourly-${n}`, every("1h"), task.with({})));
      const { tick, nominals } = ticker(harness, many);
      await tick();
      await harness.pass(HOUR);
      const before = harness.calls.length;
      await tick();
      const asked = harness.calls.slice(before).filter(({ verb }) => verb === "declare" || verb === "advance");
      expectEqual([nominals().length, asked.length], [500, 2], "how many fired, and in how many calls");
    },
  }),
];

function skipping(): Schedule {
  return schedule("none", every("1h"), task.with({}), { missed: "skip" });
}
