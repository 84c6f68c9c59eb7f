import { defineJob, exponential } from "@longshore/core";
import { z } from "zod";

// Definitions alone: whoever enqueues a job imports these, and no handler.

/** Greets somebody who has signed up. */
export const welcome = defineJob("welcome", {
  input: z.object({ email: z.email() }),
  // So short that you can watch a job die. Without this line, a job is tried five times, in minutes.
  retry: exponential({ attempts: 3, first: "1s" }),
});

/** Comes by itself, see schedules.ts. */
export const report = defineJob("report", { input: z.object({}) });

/** The dashboard shows their limits. */
export const definitions = [welcome, report];
