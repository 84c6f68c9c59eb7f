import type { ClaimedJob, NewJob, Outcome } from "@longshore/core/adapter";
import { snoozed as keptOf } from "./work.ts";

/**
 * All that a broker holds, as a value: a bag of messages. What it promises alone is less than what a store does, so
 * that this model is told what happened to a delivery, and foretells the next ones: which jobs they bring, at which
 * attempt, and none before it is due.
 */
export type Bag = {
  readonly messages: readonly Message[];
  readonly rules: BrokerRules;
};

export type BrokerRules = {
  /** Delays round up to a multiple of this. */
  readonly stepMs: number;
  /** After this comes again what a consumer left. */
  readonly againMs: number;
};

/** A job on its way. */
type Message = {
  readonly job: Omit<ClaimedJob, "token" | "stalled" | "waitedMs" | "ageMs" | "snoozed">;
  readonly sentAt: number;
  readonly dueAt: number;
  /** Where it was claimed in a store. That store counts its attempts, and it is delivered once. */
  readonly claim: Pick<ClaimedJob, "token" | "stalled"> | undefined;
  /** Why it was given back by whom it was delivered to last, and since when this is the reason. */
  readonly given: { readonly reason: string; readonly since: number } | undefined;
};

/** A delivery, as far as brokers agree. */
export type Delivered = Message["job"] & Pick<ClaimedJob, "ageMs" | "snoozed"> & { readonly claim: Message["claim"] };

/** What becomes of a delivered job. `left`: its consumer vanished. */
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
    // The claim counted its attempt, and the delivery counts it once more.
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

/** Delivers everything that is due, and lets `decide` say what becomes of each. In no order: a broker has none. */
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
    if (fate.type === "complete") after = send(after, next, now);
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
      // The message itself comes again, and nobody can tell it from one that was retried.
      return [{ ...message, job: { ...job, attempt: job.attempt + 1 }, dueAt: now + rules.againMs, given: undefined }];
  }
}

function later(now: number, delayMs: number, { stepMs }: BrokerRules): number {
  return now + Math.ceil(delayMs / stepMs) * stepMs;
}
