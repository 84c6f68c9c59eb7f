import { LongshoreError } from "@longshore/core";
import type { OutgoingMessage, QueueBinding } from "./binding.ts";
import { type CarriedEnvelope, type JobEnvelope, encode } from "./envelope.ts";

// https://developers.cloudflare.com/queues/platform/limits/: a KB is 1 000 bytes, and metadata counts.
const MESSAGE_BYTES = 128_000;
const BATCH_BYTES = 256_000;
const BATCH_MESSAGES = 100;
const METADATA_BYTES = 100;
const MAX_DELAY_SECONDS = 86_400;

/** The longest delay of one message. */
export const MAX_HOP_MS: number = MAX_DELAY_SECONDS * 1_000;

/** Rounds up to whole seconds, so that nothing comes early. */
export function delaySeconds(ms: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(ms / 1_000)));
}

/** Makes a message; a longer delay is cut to what one message allows. */
export function outgoing(body: string, delayMs = 0): OutgoingMessage {
  return { body, contentType: "text", delaySeconds: delaySeconds(delayMs) };
}

/** Makes a job's message. It always fits if the payload does: if needed, the reason of the snooze is shortened. */
export function messageOf(envelope: JobEnvelope | CarriedEnvelope, delayMs = 0): OutgoingMessage {
  const whole = outgoing(encode(envelope), delayMs);
  const { snoozed } = envelope;
  if (fits(whole) || snoozed === undefined) return whole;
  const told = { ...snoozed, reason: snoozed.reason.slice(0, 100) };
  return outgoing(encode({ ...envelope, snoozed: told } as typeof envelope), delayMs); // only the text is shorter
}

export function fits({ body }: OutgoingMessage): boolean {
  return bytesOf(body) <= MESSAGE_BYTES;
}

/**
 * Sends messages in as few calls as the limits allow. Returns for each message the error, or undefined if it was
 * acknowledged. Never rejects.
 */
export async function sendAll(
  queue: QueueBinding,
  messages: readonly OutgoingMessage[],
): Promise<readonly (string | undefined)[]> {
  const sent = await Promise.all(split(messages).map((chunk) => send(queue, chunk)));
  return sent.flat();
}

/** Sends one message, or fails with `enqueue_failed`. */
export async function sendOne(queue: QueueBinding, one: OutgoingMessage): Promise<void> {
  const [reason] = await sendAll(queue, [one]);
  if (reason !== undefined) throw new LongshoreError("enqueue_failed", reason);
}

async function send(queue: QueueBinding, chunk: readonly OutgoingMessage[]): Promise<(string | undefined)[]> {
  try {
    await queue.sendBatch(chunk);
    return chunk.map(() => undefined);
  } catch (error) {
    const reason = `The queue did not acknowledge the message: ${String(error).slice(0, 300)}`;
    return chunk.map(() => reason);
  }
}

function split(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const chunks: OutgoingMessage[][] = [];
  let chunk: OutgoingMessage[] = [];
  let bytes = 0;
  for (const one of messages) {
    const size = bytesOf(one.body);
    if (chunk.length === 0 || chunk.length === BATCH_MESSAGES || bytes + size > BATCH_BYTES) {
      chunk = [];
      chunks.push(chunk);
      bytes = 0;
    }
    chunk.push(one);
    bytes += size;
  }
  return chunks;
}

const encoder = new TextEncoder();

function bytesOf(body: string): number {
  return encoder.encode(body).length + METADATA_BYTES;
}
