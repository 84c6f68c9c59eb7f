import { defineJob } from "@longshore/core";
import { z } from "zod";

// Only definitions, so that code which only enqueues imports no handlers.

const delivery = z.object({
  /** GitHub's id of the delivery. */
  delivery: z.string(),
  event: z.string(),
  /** The body as GitHub sent it, byte for byte. */
  body: z.string(),
});

/** One webhook. GitHub redelivers for three days, with the same id: for that long, a repetition is a duplicate. */
export const receiveDelivery = defineJob("receive-delivery", {
  input: delivery.extend({ receivedAt: z.number() }),
  queue: "deliveries",
  keep: "3d",
  id: ({ delivery }) => delivery,
  metadata: ({ delivery, event }) => ({ delivery, event }),
});

/** One webhook for one subscriber, so that a failing subscriber does not affect the others. */
export const relayEvent = defineJob("relay-event", {
  input: delivery.extend({ subscriber: z.string() }),
  queue: "relays",
  timeout: "15s",
  keep: "3d",
  id: ({ delivery, subscriber }) => `relay:${delivery}:${subscriber}`,
  metadata: ({ delivery, event, subscriber }) => ({ delivery, event, subscriber }),
});

/** Kept for a month, so that a repeated sign-up within it sends no second mail. */
export const sendWelcomeEmail = defineJob("send-welcome-email", {
  input: z.object({ userId: z.string(), email: z.string(), name: z.string().optional() }),
  queue: "mail",
  timeout: "20s",
  keep: "30d",
  id: ({ userId }) => `send-welcome-email:user:${userId}`,
  metadata: ({ userId }) => ({ user_id: userId }),
});

const period = z.object({ from: z.number(), until: z.number() });
const report = z.object({ subject: z.string(), text: z.string() });

export const dailyReport = defineJob("daily-report", { input: period, output: report, queue: "upkeep", keep: "30d" });

export const weeklyDigest = defineJob("weekly-digest", { input: period, output: report, queue: "upkeep", keep: "30d" });

export const cleanUpSessions = defineJob("clean-up-sessions", { input: z.object({}), queue: "upkeep" });

export const retrySweep = defineJob("retry-sweep", { input: z.object({}), queue: "upkeep", keep: "1h" });
