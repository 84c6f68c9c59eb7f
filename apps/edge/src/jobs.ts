import { defineJob, defineQueue } from "@longshore/core";
import { z } from "zod";

// Only definitions, so that code which only enqueues imports no handlers.

const delivery = z.object({
  /** GitHub's id of the delivery. */
  delivery: z.string(),
  event: z.string(),
  /** Its full name, where the event has one. Events of one come in order. */
  repository: z.string().optional(),
  /** The body as GitHub sent it, byte for byte. */
  body: z.string(),
});

/** The mail API takes one a second, and ten after a pause. */
const mail = defineQueue("mail", { throttle: { limit: 60, per: "1m", burst: 10 } });

/** How many relays each subscriber gets at a time. */
const LINES = 2;

/** A repository is always in the same line of a subscriber. */
function lineOf(repository: string): number {
  return Array.from(repository).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % LINES;
}

/**
 * One webhook. GitHub redelivers for three days, with the same id: for that long, a repetition is a duplicate. Those of a
 * repository run one after the other, so that their relays are enqueued in the order of their arrival.
 */
export const receiveDelivery = defineJob("receive-delivery", {
  input: delivery.extend({ receivedAt: z.number() }),
  queue: "deliveries",
  keep: "3d",
  order: { key: ({ repository, delivery }) => repository ?? delivery },
  id: ({ delivery }) => delivery,
  metadata: ({ delivery, event }) => ({ delivery, event }),
});

/**
 * One webhook for one subscriber, so that a failing subscriber does not affect the others. Each subscriber has two lines: so
 * it gets two at a time, and those of a repository in order, also past a retry.
 */
export const relayEvent = defineJob("relay-event", {
  input: delivery.extend({ subscriber: z.string() }),
  queue: "relays",
  timeout: "15s",
  keep: "3d",
  order: { key: ({ repository, delivery, subscriber }) => [subscriber, lineOf(repository ?? delivery)] },
  id: ({ delivery, subscriber }) => `relay:${delivery}:${subscriber}`,
  metadata: ({ delivery, event, subscriber }) => ({ delivery, event, subscriber }),
});

/** Kept for a month, so that a repeated sign-up within it sends no second mail. */
export const sendWelcomeEmail = defineJob("send-welcome-email", {
  input: z.object({ userId: z.string(), email: z.string(), name: z.string().optional() }),
  queue: mail,
  timeout: "20s",
  keep: "30d",
  id: ({ userId }) => `send-welcome-email:user:${userId}`,
  metadata: ({ userId }) => ({ user_id: userId }),
});

const period = z.object({ from: z.number(), until: z.number() });
const report = z.object({ subject: z.string(), text: z.string() });

export const dailyReport = defineJob("daily-report", { input: period, output: report, queue: "upkeep", keep: "30d" });

export const weeklyDigest = defineJob("weekly-digest", { input: period, output: report, queue: "upkeep", keep: "30d" });

const counts = z.array(z.object({ name: z.string(), count: z.number() }));

/** When a repository has been quiet for a minute, or after ten: however many deliveries came, one digest. */
export const digestDue = defineJob("digest-due", {
  input: z.object({ repository: z.string() }),
  queue: "digests",
  unique: { key: ({ repository }) => repository, on: "debounce", maxWait: "10m" },
});

/** The chain of a digest: what happened, the text of it, and its mail. */
export const fetchActivity = defineJob("fetch-activity", {
  input: period.extend({ repository: z.string() }),
  output: z.object({ events: counts }),
  queue: "digests",
});

export const repositoryDigest = defineJob("repository-digest", {
  input: z.object({ repository: z.string() }),
  output: report,
  queue: "digests",
  keep: "1d",
});

export const sendDigest = defineJob("send-digest", {
  input: z.object({ repository: z.string() }),
  queue: mail,
  timeout: "20s",
});

export const cleanUpSessions = defineJob("clean-up-sessions", { input: z.object({}), queue: "upkeep" });

export const retrySweep = defineJob("retry-sweep", { input: z.object({}), queue: "upkeep", keep: "1h" });
