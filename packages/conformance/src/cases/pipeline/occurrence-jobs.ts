import { createWorker, every, handle, schedule } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { HOUR } from "../../jobs.ts";
import { task } from "../../pipeline.ts";
import { START } from "@longshore/testing/tools";

import { hourlyWorker, ticker } from "./ticker.ts";

/** The jobs that schedules make: their reserved ids and metadata. */
export const occurrenceJobCases: readonly Case[] = [
  defineCase({
    name: "an occurrence's job is named after its schedule and its nominal time",
    fault: "F55",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const { pipeline, tick } = ticker(harness, [schedule("hourly", every("1h"), task.with({}))]);
      await tick();
      await harness.pass(HOUR);
      await tick();
      const time = new Date(START + HOUR).toISOString();
      const named = `$schedule:hourly:${time}`;
      const { id } = pipeline.newest("fired");
      await pipeline.drain(hourlyWorker(harness, pipeline));
      expectEqual(
        [id, pipeline.newest("completed").job.id],
        [named, named],
        "the id that was told, and that of the job",
      );
    },
  }),

  defineCase({
    name: "an occurrence keeps all sixteen entries of its request's metadata, and its follow-up its partition",
    needs: ["Pull", "Schedules", "Inspect"],
    async run(harness) {
      const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`key-${n}`, "value"]));
      const { pipeline, tick } = ticker(harness, [schedule("hourly", every("1h"), task.with({}, { metadata }))]);
      await tick();
      await harness.pass(HOUR);
      await tick();
      const { job } = pipeline.newest("enqueued");
      const own = { $schedule: "hourly", $nominal_time: new Date(START + HOUR).toISOString() };
      expectEqual(job.metadata, { ...metadata, ...own }, "the metadata");
      const follow = handle(task, (_input, { enqueue, metadata: { $schedule } }) => {
        if ($schedule !== undefined) enqueue(task.with({}));
      });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [follow] }));
      expectEqual(pipeline.newest("completed").job.partition, job.partition, "the follow-up's partition");
      expectEqual(pipeline.count("completed"), 2, "how many were run");
    },
  }),
];
