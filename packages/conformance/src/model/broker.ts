import type { ClaimedJob, NewJob, Outcome } from "@longshore/core/adapter";
import { snoozed as keptOf } from "./work.ts";

/**
 * The state of a broker: a bag of messages. A broker promises less than a store. So this model is told what happened to
 * each delivery, and predicts the next ones: their jobs, their attempts, and none before it is due.
 */
export type Bag = {
  readonly messages: readonly Message[];
  readonly rules: BrokerRules;
};

export type BrokerRules = {
  /** Delays round up to a multiple of this. */
  readonly stepMs: number;
  /** After how many ms a job comes again that a consumer did not settle. */
  readonly redeliveryMs: number;
};

/** A job in transit. */
type Message = {
  readonly job: Omit<ClaimedJob, "token" | "stalled" | "waitedMs" | "ageMs" | "snoozed">;
  readonly sentAt: number;
  readonly dueAt: number;
  /** Set if it was claimed in a store. That store counts its attempts, and it is delivered once. */
  readonly claim: Pick<ClaimedJob, "token" | "stalled"> | undefined;
  /** Why its last consumer gave it back, and since when for this reason. */
  readonly given: { readonly reason: string; readonly since: number } | undefined;
};

/** The parts of a delivery that are the same for all brokers. */
export type Delivered = Message["job"] & Pick<ClaimedJob, "ageMs" | "snoozed"> & { readonly claim: Message["claim"] };

/** What happens to a delivered job. `left`: its consumer vanished. */
export type Fate = Outcome | { readonly type: "left" };

export function emptyBag(rules: BrokerRules): Bag {
  return { messages: [], rules };
}

export function send(bag: Bag, jobs: readonly NewJob[], now: number): Bag {
  const sent = jobs.map(({ due, keepMs: _keepMs, ...data }): Message => {
    const dueAt = "at" in due ? due.at : later(now, due.inMs, bag.rules);
    return { job: { ...data, attempt: 0 }, sentAt: now, dueAt, claim: undefined, given: undefined };
  });
  return { ...bag, messages: [...bag.messages, ...sent] };
}

export function carry(bag: Bag, jobs: readonly ClaimedJob[], now: number): Bag {
  const sent = jobs.map(({ token, stalled, snoozed, waitedMs: _waitedMs, ageMs: _ageMs, ...job }): Message => {
    // The claim counted the attempt, and the delivery counts it again.
    return {
      job: { ...job, attempt: job.attempt - 1 },
      sentAt: now,
      dueAt: now,
      claim: { token, stalled },
      given: snoozed && { reason: snoozed.reason, since: now - snoozed.forMs },
    };
  });
  return { ...bag, messages: [...bag.messages, ...sent] };
}

/** Delivers everything that is due, in no order, because a broker has none. `decide` says what happens to each job. */
export function deliver(
  bag: Bag,
  decide: (job: Delivered) => { readonly fate: Fate; readonly next?: readonly NewJob[] },
  now: number,
): { readonly bag: Bag; readonly delivered: readonly Delivered[] } {
  const delivered: Delivered[] = [];
  let after: Bag = { ...bag, messages: bag.messages.filter(({ dueAt }) => dueAt > now) };
  for (const message of bag.messages.filter(({ dueAt }) => dueAt <= now)) {
    const { claim, given } = message;
    const snoozed = given && { snoozed: { reason: given.reason, forMs: now - given.since } };
    const job = { ...message.job, attempt: message.job.attempt + 1, ageMs: now - message.sentAt, claim, ...snoozed };
    delivered.push(job);
    if (claim !== undefined) continue;
    const { fate, next = [] } = decide(job);
    const again = follow(message, fate, now, bag.rules);
    after = { ...after, messages: [...after.messages, ...again] };
    if (fate.type === "complete" || fate.type === "dead") after = send(after, next, now);
  }
  return { bag: after, delivered };
}

function follow(message: Message, fate: Fate, now: number, rules: BrokerRules): readonly Message[] {
  const { job } = message;
  switch (fate.type) {
    case "complete":
    case "dead":
      return [];
    case "retry": {
      const dueAt = later(now, fate.delayMs, rules);
      return [{ ...message, job: { ...job, attempt: job.attempt + 1 }, dueAt, given: undefined }];
    }
    case "snooze": {
      const given = keptOf(message.given, fate.reason, now);
      return [{ ...message, dueAt: later(now, fate.delayMs, rules), given }];
    }
    case "left":
      // The same message comes again, and looks like one that was retried.
      return [
        { ...message, job: { ...job, attempt: job.attempt + 1 }, dueAt: now + rules.redeliveryMs, given: undefined },
      ];
  }
}

function later(now: number, delayMs: number, { stepMs }: BrokerRules): number {
  return now + Math.ceil(delayMs / stepMs) * stepMs;
}
