import { defineJob, exponential } from "@longshore/core";
import { z } from "zod";

// Definitions alone: whoever enqueues a job imports these, and no handler.

/** Sends a note to your server. */
export const sendNote = defineJob("send-note", {
  input: z.object({ text: z.string().min(1) }),
  // So short that you can watch a job die. Without this line, a job is tried five times, in minutes.
  retry: exponential({ attempts: 3, first: "1s" }),
  // How long the page shows it afterwards.
  keep: "1h",
});

/** Comes by itself, see schedules.ts. */
export const report = defineJob("report", { input: z.object({}) });
