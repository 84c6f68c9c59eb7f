import type { Adapter, Carry, Traits } from "../contract/contract.ts";
import type { BrokerOptions } from "./broker-options.ts";
import { type Delivery, createDeliveries } from "./delivery.ts";
import { createSending } from "./sending.ts";

/** A broker without its host. */
export type Broker<T extends Traits, M> = Adapter<T> &
  Carry & {
    /** Sorts delivered messages, and sends on jobs that are not due yet. Never rejects. */
    receive(messages: readonly M[]): Promise<Delivery<M>>;
  };

/**
 * Makes the adapter of a message queue from how it sends and how its messages are acknowledged. The rest is the same
 * in all of them: envelopes, delays longer than a message's, dead letters, foreign and newer messages, and
 * settlements, which send before they acknowledge. A delayed job starts at most one step after it is due, plus the
 * time that its last message took, however many messages its delay needs.
 *
 * ```ts
 * const broker = createBroker({ name, traits, messageBytes, hopMs, now: Date.now, post, message });
 * ```
 */
export function createBroker<T extends Traits, M>(options: BrokerOptions<T, M>): Broker<T, M> {
  const { name, traits } = options;
  const sending = createSending(options);
  const deliveries = createDeliveries({ ...options, stepMs: traits.delayStepMs }, sending);

  return {
    name,
    traits,
    receive: deliveries.receive,
    async enqueue(jobs) {
      const reasons = await sending.post("queue", jobs.map(sending.newJob));
      return reasons.map((message) => (message === undefined ? { status: "sent" } : { status: "failed", message }));
    },
    async settle(settlements) {
      const results = await Promise.allSettled(settlements.map(deliveries.settle));
      // Each by itself, and only then the bad news: repeated, the call answers `repeated` for those that went well.
      return results.map((result) => {
        if (result.status === "rejected") throw result.reason;
        return result.value;
      });
    },
    async carry(jobs) {
      const parcels = jobs.map(sending.carried);
      const reasons = await sending.post("queue", parcels.filter(sending.fits));
      let fitting = 0;
      return parcels.map((one) => (sending.fits(one) && reasons[fitting++] === undefined ? "sent" : "failed"));
    },
  };
}
