import type { Parcel } from "@longshore/core/broker";

/** What a FIFO queue wants of each message: 1 to 128 of letters, digits and punctuation. */
const NAME = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/;

export type FifoFields = { readonly MessageGroupId: string; readonly MessageDeduplicationId: string };

/**
 * The partition is the message group: its jobs run one after the other, in the order of their enqueues. The key is the
 * deduplication id: SQS drops the same parcel sent again within five minutes, as after a lost reply.
 */
export async function fifoFields({ key, job }: Parcel): Promise<FifoFields> {
  const [MessageGroupId, MessageDeduplicationId] = await Promise.all([nameOf(job.partition ?? job.id), nameOf(key)]);
  return { MessageGroupId, MessageDeduplicationId };
}

async function nameOf(text: string): Promise<string> {
  if (NAME.test(text)) return text;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `sha256:${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
