import type { JobData } from "../contract/job.ts";

/** A delivered message, whatever the broker. The kit makes at most one decision about it at a time. */
export type Message = {
  /** Of this message alone, and the same on every delivery. */
  readonly id: string;
  readonly body: unknown;
  /** Deliveries of this message so far, from 1. */
  readonly attempts: number;
  /** The longest delay (ms) that `retry` may have by now. What must wait longer becomes a new message. */
  readonly retryMs: number;
  /** May be asynchronous. If it throws or rejects, the job stays in hand, and its settlement can be repeated. */
  ack(): unknown;
  /** The same message again, after at least `delayMs`. */
  retry(delayMs: number): unknown;
};

/** A message to send. */
export type Parcel = {
  readonly body: string;
  /** At most the adapter's `hopMs`; to be rounded up. */
  readonly delayMs: number;
  /** The same if this parcel is sent again, and no other's: for brokers that drop what they have seen. */
  readonly key: string;
  /** Whose it is: its queue, its partition, its priority. */
  readonly job: JobData;
};

/** Why each parcel was not acknowledged, or undefined if it was. */
export type PostAnswers = readonly (string | undefined)[];

/** Sends parcels to the queue of their jobs or to the dead letters, in as few calls as the broker allows. */
export type Post = (to: "queue" | "dead", parcels: readonly Parcel[]) => Promise<PostAnswers>;
