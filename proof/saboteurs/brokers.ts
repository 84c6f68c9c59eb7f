import { BROKER_TRAITS, type BrokerParts, CORRECT_PARTS, type Message, makeBroker } from "@longshore/conformance/tools";
import type { ClaimedJob, NewJob, Outcome } from "@longshore/core/adapter";
import type { Saboteur } from "./saboteur.ts";

/** A small broker with some of its parts sabotaged. */
function broker(name: string, parts: Partial<BrokerParts>): Saboteur {
  return { name: `broker: ${name}`, make: makeBroker({ ...CORRECT_PARTS, ...parts }) };
}

/** A broker that settles with another outcome than it was given. */
function settling(name: string, change: (outcome: Outcome, message: Message) => Outcome): Saboteur {
  return broker(name, {
    settle: (messages, message, outcome, now) => CORRECT_PARTS.settle(messages, message, change(outcome, message), now),
  });
}

/** A broker that delivers another message than was sent. */
function carrying(name: string, change: (job: ClaimedJob) => ClaimedJob): Saboteur {
  return broker(name, {
    deliverable: (messages) => messages.map((message) => ({ ...message, job: change(message.job) })),
    carried: change,
  });
}

const retryNow: Outcome = { type: "retry", delayMs: 60_000, failure: { message: "again" } };

export const brokerSaboteurs: readonly Saboteur[] = [
  broker("claims to have created what it sent", { answers: (jobs) => jobs.map(() => ({ status: "created" })) }),
  broker("answers fewer jobs than it was given", {
    answers: (jobs) => CORRECT_PARTS.answers(jobs.slice(0, 1)),
  }),
  broker("delivers at once what is delayed", { visibleAt: (_job, now) => now }),
  broker("delivers at once what waits for an instant", {
    visibleAt: (job, now) => ("at" in job.due ? now : CORRECT_PARTS.visibleAt(job, now)),
  }),
  broker("delays by its step too little", { visibleAt: (job, now) => roundedDown(job, now) }),
  broker("caps delays at fifteen minutes", {
    visibleAt: (job, now) => Math.min(CORRECT_PARTS.visibleAt(job, now), now + 900_000),
  }),
  broker("makes what is overdue wait a minute", {
    visibleAt: (job, now) => ("at" in job.due && job.due.at < now ? now + 60_000 : CORRECT_PARTS.visibleAt(job, now)),
  }),
  broker("delivers the first ten of what is due", { deliverable: (messages) => messages.slice(0, 10) }),
  broker("delivers what it likes twice", { deliverable: (messages) => [...messages, ...messages.slice(0, 1)] }),
  settling("delivers again what was completed", (outcome) => (outcome.type === "complete" ? retryNow : outcome)),
  settling("delivers again what is dead", (outcome) => (outcome.type === "dead" ? retryNow : outcome)),
  settling("loses what should be retried", (outcome) => (outcome.type === "retry" ? { type: "complete" } : outcome)),
  settling("loses what is snoozed", (outcome) => (outcome.type === "snooze" ? { type: "complete" } : outcome)),
  settling("retries at once", (outcome) => (outcome.type === "retry" ? { ...outcome, delayMs: 0 } : outcome)),
  settling("snoozes for no time", (outcome) => (outcome.type === "snooze" ? { ...outcome, delayMs: 0 } : outcome)),
  settling("spends an attempt on a snooze", (outcome) =>
    outcome.type === "snooze" ? { ...retryNow, delayMs: outcome.delayMs } : outcome,
  ),
  settling("gives up after three deliveries", (outcome, { job }) =>
    outcome.type === "retry" && job.attempt >= 3 ? { type: "complete" } : outcome,
  ),
  settling("does not say why it brings a job again", (outcome) =>
    outcome.type === "snooze" ? { ...outcome, reason: undefined } : outcome,
  ),
  broker("counts a reason from the newest delivery", {
    settle(messages, message, outcome, now) {
      CORRECT_PARTS.settle(messages, { ...message, given: undefined }, outcome, now);
    },
  }),
  broker("does not count attempts", {
    settle(messages, message, outcome, now) {
      CORRECT_PARTS.settle(messages, message, outcome, now);
      const waiting = messages.get(message.job.token);
      if (waiting !== undefined && outcome.type === "retry") {
        messages.set(message.job.token, { ...waiting, job: { ...waiting.job, attempt: 0 } });
      }
    },
  }),
  broker("retries a whole batch for one of it", {
    settle(messages, message, outcome, now) {
      CORRECT_PARTS.settle(messages, message, outcome, now);
      if (outcome.type !== "retry") return;
      for (const [token, other] of messages) if (other.held) messages.set(token, { ...other, held: false });
    },
  }),
  broker("forgets follow-ups", { next: () => [] }),
  carrying("gives what it carries tokens of its own", (job) => ({ ...job, token: job.token + 1 })),
  carrying("loses headers", (job) => ({ ...job, headers: { v: "1" } })),
  carrying("loses what is beyond ASCII", (job) => ({ ...job, payload: job.payload.replace(/[^ -~]/g, "?") })),
  carrying("cuts payloads at 64 000 characters", (job) => ({ ...job, payload: job.payload.slice(0, 64_000) })),
  carrying("loses the priority", (job) => ({ ...job, priority: 5 })),
  carrying("does not say that a job stalled", (job) => ({ ...job, stalled: false })),
  carrying("does not say what a job was snoozed for", ({ snoozed: _snoozed, ...job }) => job),
  {
    name: "broker: says that it takes delays of a year",
    make: makeBroker(
      { ...CORRECT_PARTS, visibleAt: (job, now) => Math.min(CORRECT_PARTS.visibleAt(job, now), now + 86_400_000) },
      { ...BROKER_TRAITS, maxDelayMs: 365 * 86_400_000 },
    ),
  },
];

function roundedDown(job: NewJob, now: number): number {
  return "at" in job.due ? job.due.at : now + Math.floor(job.due.inMs / 60_000) * 60_000;
}
