import type { ClaimedJob } from "../contract/contract.ts";
import type { NewJob } from "../contract/enqueue.ts";
import type { Failure } from "../contract/job.ts";
import { dueInstant } from "../contract/lifecycle.ts";
import { LongshoreError } from "../values/errors.ts";
import { bytesOf } from "./batches.ts";
import type { BrokerOptions } from "./broker-options.ts";
import { type CarriedEnvelope, type JobEnvelope, dataOf, encode } from "./envelope.ts";
import type { Parcel, PostAnswers } from "./message.ts";

/** Makes parcels of one broker, and sends them. */
export type Sending = {
  /** Fails with `payload_too_large`. */
  newJob(job: NewJob): Parcel;
  carried(job: ClaimedJob): Parcel;
  /** A job's next message, in the place of message `key`. */
  again(envelope: JobEnvelope, delayMs: number, key: string): Parcel;
  dead(envelope: JobEnvelope, attempts: number, failure: Failure, key: string): Parcel;
  fits(parcel: Parcel): boolean;
  /** Never rejects. */
  post(to: "queue" | "dead", parcels: readonly Parcel[]): Promise<PostAnswers>;
  /** Fails with `enqueue_failed` unless all were acknowledged. */
  postAll(to: "queue" | "dead", parcels: readonly Parcel[]): Promise<void>;
};

type Sent = Pick<BrokerOptions, "name" | "traits" | "messageBytes" | "hopMs" | "hides" | "now" | "post">;

export function createSending({ name, traits, messageBytes, hopMs, hides = false, now, post }: Sent): Sending {
  const fits = ({ body }: Parcel): boolean => bytesOf(body) <= messageBytes;
  const parcel = (envelope: JobEnvelope | CarriedEnvelope, key: string, delayMs = 0): Parcel => {
    const made = (sealed: typeof envelope): Parcel => ({
      body: encode(sealed),
      delayMs: hides ? 0 : Math.min(hopMs, Math.max(0, delayMs)),
      key,
      job: dataOf(sealed),
    });
    const whole = made(envelope);
    const { snoozed } = envelope;
    if (snoozed === undefined || fits(whole)) return whole;
    // It always fits if the payload does: the reason of the snooze is shortened.
    return made({ ...envelope, snoozed: { ...snoozed, reason: snoozed.reason.slice(0, 100) } } as typeof envelope); // only the text is shorter
  };
  const again: Sending["again"] = ({ hides: _before, ...envelope }, delayMs, key) => {
    const needed = hides && delayMs > 0 ? { hides: Math.ceil(delayMs / hopMs) } : {};
    return parcel({ ...envelope, ...needed }, key, delayMs);
  };
  const posted: Sending["post"] = async (to, parcels) => {
    if (parcels.length === 0) return [];
    try {
      return await post(to, parcels);
    } catch (error) {
      return parcels.map(() => String(error).slice(0, 300));
    }
  };

  return {
    fits,
    again,
    post: posted,
    newJob(job) {
      const sentAt = now();
      const dueAt = dueInstant(job.due, sentAt, traits.delayStepMs);
      const made = again({ ...dataOf(job), kind: "job", sentAt, dueAt, attempts: 0 }, dueAt - sentAt, job.id);
      if (fits(made)) return made;
      throw new LongshoreError(
        "payload_too_large",
        `The job ${job.id} is over the ${messageBytes} bytes of a message of ${name}. Store its data elsewhere and pass its key.`,
      );
    },
    carried(job) {
      const { token, attempt, stalled, ageMs, waitedMs, snoozed } = job;
      const claim = { token, attempt, stalled, ageMs, waitedMs, snoozed };
      return parcel({ ...dataOf(job), kind: "carried", carriedAt: now(), ...claim }, `${job.id}:${token}`);
    },
    dead(envelope, attempts, failure, key) {
      const { sentAt } = envelope;
      const letter = (told: Failure): Parcel => ({
        body: encode({ ...dataOf(envelope), kind: "dead", sentAt, attempts, diedAt: now(), failure: told }),
        delayMs: 0,
        key,
        job: dataOf(envelope),
      });
      const whole = letter(failure);
      // Drops the stack rather than the payload if both are too large for one message.
      return fits(whole) ? whole : letter({ message: failure.message.slice(0, 100) });
    },
    async postAll(to, parcels) {
      const reason = (await posted(to, parcels)).find((one) => one !== undefined);
      if (reason !== undefined) throw new LongshoreError("enqueue_failed", reason);
    },
  };
}
