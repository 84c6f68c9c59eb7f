import { defineJob, defineQueue } from "@longshore/core";
import { z } from "zod";

/** At most two of a key at a time, and four of their queue, for `processes.test.ts` and the processes that it starts. */
export const limitedTask = defineJob("limited-task", {
  input: z.object({ n: z.number(), key: z.string() }),
  keep: 0,
  queue: defineQueue("limited", { concurrency: 4 }),
  concurrency: { key: ({ key }) => key, limit: 2 },
});
