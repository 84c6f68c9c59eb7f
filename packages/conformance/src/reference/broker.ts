import {
  type Adapter,
  type Carry,
  type ClaimedJob,
  type EnqueueAnswer,
  type NewJob,
  type Outcome,
  type Snoozed,
  type Traits,
  snoozedFor,
} from "@longshore/core/adapter";
import type { Clock, Make } from "../subject.ts";

/** A message in transit: a job, and this broker's own data about it. */
export type Message = {
  readonly job: ClaimedJob;
  readonly sentAt: number;
  /** Why it was given back, and since when for this reason. */
  readonly given?: Snoozed | undefined;
  visibleAt: number;
  /** Whether it was delivered and is not settled yet. */
  held: boolean;
};

/** The parts of a broker that a saboteur may replace. */
export type BrokerParts = {
  visibleAt(job: NewJob, now: number): number;
  /** Changes the queue as the outcome says. */
  settle(messages: Map<number, Message>, message: Message, outcome: Outcome, now: number): void;
  carried(job: ClaimedJob): ClaimedJob;
  deliverable(messages: readonly Message[]): readonly Message[];
  next(jobs: readonly NewJob[]): readonly NewJob[];
  answers(jobs: readonly NewJob[]): readonly EnqueueAnswer[];
};

export const BROKER_TRAITS: Traits = {
  durable: true,
  unique: false,
  ordered: false,
  fenced: false,
  maxDelayMs: 86_400_000,
  delayStepMs: 1_000,
  maxRunMs: 900_000,
  maxPayloadBytes: 100_000,
  leaseMs: 30_000,
};

export const CORRECT_PARTS: BrokerParts = {
  visibleAt: ({ due }, now) => ("at" in due ? due.at : later(now, due.inMs)),
  settle(messages, message, outcome, now) {
    const { job } = message;
    if (outcome.type === "retry") {
      messages.set(job.token, { ...message, visibleAt: later(now, outcome.delayMs), given: undefined });
    } else if (outcome.type === "snooze") {
      const given = { ...job, attempt: job.attempt - 1 };
      const why = snoozedFor(outcome.reason, message.given, now);
      messages.set(job.token, { ...message, job: given, visibleAt: later(now, outcome.delayMs), given: why });
    } else {
      messages.delete(job.token);
    }
  },
  carried: (job) => job,
  deliverable: (messages) => messages,
  next: (jobs) => jobs,
  answers: (jobs) => jobs.map(() => ({ status: "sent" })),
};

function later(now: number, delayMs: number): number {
  return now + Math.ceil(delayMs / 1_000) * 1_000;
}

const MOST_PER_BATCH = 10;

/** A broker in a few lines: messages are hidden while delivered, and visible again unless settled. */
export function makeBroker(parts: BrokerParts = CORRECT_PARTS, traits: Traits = BROKER_TRAITS): Make {
  return ({ clock }) => {
    const messages = new Map<number, Message>();
    let tokens = 0;
    const adapter: Adapter & Carry = {
      name: "reference-broker",
      traits,
      async enqueue(jobs) {
        const now = clock.now();
        for (const job of jobs) {
          const token = ++tokens;
          const visibleAt = parts.visibleAt(job, now);
          messages.set(token, { job: firstOf(job, token), sentAt: now, visibleAt, held: false });
        }
        return parts.answers(jobs);
      },
      async settle(settlements) {
        for (const { token, outcome, next } of settlements) {
          const message = messages.get(token);
          // A repeated settlement must not count twice.
          if (message === undefined || !message.held) continue;
          message.held = false;
          parts.settle(messages, message, outcome, clock.now());
          if (next !== undefined) await adapter.enqueue(parts.next(next));
        }
        return settlements.map(({ next = [] }) =>
          next.length === 0 ? "accepted" : { status: "accepted", next: parts.answers(next) },
        );
      },
      async carry(jobs) {
        const now = clock.now();
        for (const job of jobs) {
          // The claim counted the attempt; the delivery counts it again.
          const { snoozed, ...carried } = parts.carried(job);
          const given = snoozed && { reason: snoozed.reason, since: now - snoozed.forMs };
          const sent = { ...carried, attempt: job.attempt - 1 };
          messages.set(job.token, { job: sent, sentAt: now, given, visibleAt: now, held: false });
        }
        return jobs.map(() => "sent");
      },
    };
    return {
      adapter,
      async deliver(run) {
        const due = [...messages.values()].filter(({ visibleAt }) => visibleAt <= clock.now());
        const batch = parts.deliverable(due);
        for (let i = 0; i < batch.length; i += MOST_PER_BATCH) {
          await run(batch.slice(i, i + MOST_PER_BATCH).map((message) => hand(messages, message, clock, traits)));
        }
      },
    };
  };
}

/** The correct broker, to compare others with. */
export const referenceBroker: Make = makeBroker();

function firstOf({ due: _due, keepMs: _keepMs, ...data }: NewJob, token: number): ClaimedJob {
  return { ...data, token, attempt: 0, stalled: false, ageMs: 0, waitedMs: 0 };
}

function hand(messages: Map<number, Message>, message: Message, clock: Clock, traits: Traits): ClaimedJob {
  const now = clock.now();
  const job = { ...message.job, attempt: message.job.attempt + 1, ageMs: now - message.sentAt };
  // If its consumer left it, the reason of its snooze may be outdated.
  const given = message.held ? undefined : message.given;
  messages.set(job.token, { ...message, job, visibleAt: now + traits.leaseMs, held: true, given });
  return given === undefined ? job : { ...job, snoozed: { reason: given.reason, forMs: now - given.since } };
}
