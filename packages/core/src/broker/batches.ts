import type { PostAnswers } from "./message.ts";

/**
 * What one call of a broker may send: bytes as `size` counts them. `inOrder`: a call is sent after the answer to the one
 * before, for queues that keep an order; otherwise all are sent at once.
 */
export type BatchLimits = { readonly count: number; readonly bytes: number; readonly inOrder?: boolean };

/**
 * Sends items in as few calls as the limits allow. `send` may answer for each item of its batch; if it
 * rejects, that is the answer for all of them. Never rejects.
 */
export async function inBatches<T>(
  items: readonly T[],
  limits: BatchLimits,
  size: (item: T) => number,
  send: (batch: readonly T[]) => Promise<PostAnswers | void>,
): Promise<PostAnswers> {
  const answersTo = async (batch: readonly T[]): Promise<PostAnswers> => {
    try {
      return (await send(batch)) ?? batch.map(() => undefined);
    } catch (error) {
      return batch.map(() => `The queue did not acknowledge the message: ${String(error).slice(0, 300)}`);
    }
  };
  const batches = batchesOf(items, limits, size);
  if (!limits.inOrder) return (await Promise.all(batches.map(answersTo))).flat();
  const answers: PostAnswers[] = [];
  for (const batch of batches) answers.push(await answersTo(batch));
  return answers.flat();
}

function batchesOf<T>(items: readonly T[], { count, bytes }: BatchLimits, size: (item: T) => number): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let total = 0;
  for (const item of items) {
    const own = size(item);
    if (batch.length === 0 || batch.length === count || total + own > bytes) {
      batch = [];
      batches.push(batch);
      total = 0;
    }
    batch.push(item);
    total += own;
  }
  return batches;
}

const encoder = new TextEncoder();

/** The bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
