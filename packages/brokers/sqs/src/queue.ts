import { type Message, type Parcel, type PostAnswers, bytesOf, inBatches } from "@longshore/core/broker";
import { escapeBody, unescapeBody } from "./body.ts";
import type { SqsAction, SqsAnswer, SqsCall, SqsRecord } from "./call.ts";
import { fifoFields } from "./fifo.ts";
import { gather } from "./gather.ts";
import { BATCH_MESSAGES, DELAY_MS, HIDDEN_MS } from "./limits.ts";

/** One queue of SQS. */
export type SqsQueue = {
  readonly url: string;
  readonly fifo: boolean;
  send(parcels: readonly Parcel[]): Promise<PostAnswers>;
  /** At most ten messages, hidden for `hiddenMs`. Waits up to `waitMs` for the first. */
  receive(most: number, waitMs: number, hiddenMs: number): Promise<readonly SqsMessage[]>;
  /** Deletes a message. Fails with `enqueue_failed`, after which it comes again. */
  remove(handle: string): Promise<void>;
  /** Hides a received message from now on. Fails with `enqueue_failed`, as when it is not ours any more. */
  hide(handle: string, ms: number): Promise<void>;
  /** A received message, with the decisions that a host makes about it. */
  message(record: SqsRecord, receivedAt: number): SqsMessage;
};

/** A received message. */
export type SqsMessage = Message & {
  readonly body: string;
  readonly handle: string;
  /** When it was received, by the adapter's clock. */
  readonly receivedAt: number;
};

export function sqsQueue(url: string, call: SqsCall, messageBytes: number, now: () => number): SqsQueue {
  const fifo = url.endsWith(".fifo");
  const each = async (action: SqsAction, entries: readonly object[]): Promise<PostAnswers> => {
    const Entries = entries.map((entry, i) => ({ Id: String(i), ...entry }));
    return answersOf(entries.length, await call(action, { QueueUrl: url, Entries }));
  };
  /** Those of one turn are one call. */
  const changes = (action: SqsAction): ((entry: object) => Promise<void>) =>
    gather(async (entries: readonly object[]) => {
      const limits = { count: BATCH_MESSAGES, bytes: Infinity };
      return inBatches(
        entries,
        limits,
        () => 0,
        (batch) => each(action, batch),
      );
    });
  const deletion = changes("DeleteMessageBatch");
  const change = changes("ChangeMessageVisibilityBatch");

  const queue: SqsQueue = {
    url,
    fifo,
    async send(parcels) {
      const entries = await Promise.all(parcels.map((parcel) => entryOf(parcel, fifo)));
      const fits = ({ MessageBody }: Entry): boolean => bytesOf(MessageBody) <= messageBytes;
      const limits = { count: BATCH_MESSAGES, bytes: messageBytes, inOrder: fifo };
      const size = ({ MessageBody }: Entry): number => bytesOf(MessageBody);
      const sent = await inBatches(entries.filter(fits), limits, size, (batch) => each("SendMessageBatch", batch));
      let fitting = 0;
      return entries.map((entry) => (fits(entry) ? sent[fitting++] : TOO_LARGE));
    },
    async receive(most, waitMs, hiddenMs) {
      const { Messages = [] } = await call("ReceiveMessage", {
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(BATCH_MESSAGES, most),
        WaitTimeSeconds: Math.floor(waitMs / 1_000),
        VisibilityTimeout: seconds(hiddenMs),
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      });
      const receivedAt = now();
      return Messages.map((record) => queue.message(record, receivedAt));
    },
    remove: (ReceiptHandle) => deletion({ ReceiptHandle }),
    hide: (ReceiptHandle, ms) => change({ ReceiptHandle, VisibilityTimeout: seconds(ms) }),
    message({ MessageId: id = "", ReceiptHandle: handle = "", Body = "", Attributes }, receivedAt) {
      return {
        id,
        handle,
        receivedAt,
        body: unescapeBody(Body),
        attempts: Number(Attributes?.["ApproximateReceiveCount"] ?? 1),
        get retryMs() {
          const leftMs = HIDDEN_MS - (now() - receivedAt);
          // In a standard queue what waits longer does so as a new message: of hidden ones there are 120 000 at most.
          return fifo ? leftMs : Math.min(DELAY_MS, leftMs);
        },
        ack: () => queue.remove(handle),
        retry: (delayMs) => queue.hide(handle, delayMs),
      };
    },
  };
  return queue;
}

type Entry = { readonly MessageBody: string; readonly DelaySeconds?: number };

async function entryOf(parcel: Parcel, fifo: boolean): Promise<Entry> {
  const MessageBody = escapeBody(parcel.body);
  // FIFO queues refuse a delay of a message.
  return fifo ? { MessageBody, ...(await fifoFields(parcel)) } : { MessageBody, DelaySeconds: seconds(parcel.delayMs) };
}

const TOO_LARGE = "Some of its characters have to be escaped, and that makes it larger than a message may be.";

/** Why each entry of a batch failed, by the ids that are their places. */
function answersOf(count: number, { Failed = [] }: SqsAnswer): PostAnswers {
  const answers: (string | undefined)[] = Array.from({ length: count }, () => undefined);
  for (const { Id, Code = "it failed", Message = "" } of Failed ?? []) {
    answers[Number(Id)] = `SQS refused it: ${`${Code} ${Message}`.slice(0, 300)}`;
  }
  return answers;
}

/** Rounds up to whole seconds, so that nothing comes early. */
function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000));
}
