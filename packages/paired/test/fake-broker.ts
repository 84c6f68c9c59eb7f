import type { Adapter, CarriedRunner, Carry, ClaimedJob } from "@longshore/core/adapter";

/** A broker that only carries, for the faults that no emulator can make: messages that get lost, doubled and late. */
export type FakeBroker = Adapter &
  Carry & {
    /** What is on its way, oldest first. */
    readonly messages: ClaimedJob[];
    /** The next calls of `carry` fail: with an answer for each job, with an error, or with an error after all were sent. */
    fail(how: "failed" | "throws" | "lostReply", times?: number): void;
    /** Delivers everything, as one batch. What is sent meanwhile is for the next call. */
    deliver(to: CarriedRunner): Promise<void>;
  };

export function fakeBroker(maxPayloadBytes = 1_000): FakeBroker {
  const faults: ("failed" | "throws" | "lostReply")[] = [];
  const messages: ClaimedJob[] = [];
  return {
    name: "fake-broker",
    traits: {
      durable: false,
      unique: false,
      ordered: false,
      fenced: false,
      maxDelayMs: 0,
      delayStepMs: 1_000,
      maxRunMs: 900_000,
      maxPayloadBytes,
      leaseMs: 900_000,
    },
    messages,
    fail(how, times = 1) {
      for (let i = 0; i < times; i++) faults.push(how);
    },
    enqueue: () => Promise.reject(new Error("a pair enqueues in its store")),
    settle: () => Promise.reject(new Error("a pair settles in its store")),
    async carry(jobs) {
      const fault = faults.shift();
      if (fault === "failed") return jobs.map(() => "failed");
      if (fault === "throws") throw new Error("the broker is away");
      if (jobs.some(({ payload }) => payload.length > maxPayloadBytes)) throw new Error("too large for a message");
      messages.push(...structuredClone(jobs));
      if (fault === "lostReply") throw new Error("the reply was lost");
      return jobs.map(() => "sent");
    },
    deliver: async (to) => {
      await to.runCarried(messages.splice(0));
    },
  };
}
