import { LongshoreError } from "@longshore/core";
import type { KeyRef, NewJob, Settlement } from "@longshore/core/adapter";

/**
 * With several objects, a unique key holds within its partition, which one of them keeps. Fails with `invalid_option` for
 * a key without a partition: each job would be elsewhere.
 */
export function keyInPartition<T extends KeyRef>({ key, partition, ...rest }: T): T {
  if (partition !== undefined) return { ...rest, key: `${partition}|${key}`, partition } as unknown as T; // only the key is another
  throw new LongshoreError(
    "invalid_option",
    "With several shards, a job with a unique key must have a partition: give the definition one, such as the key itself.",
  );
}

/** A job as it was enqueued: without the partition in its key. */
export function withOwnKey<
  T extends { readonly partition?: string | undefined; readonly uniqueKey?: string | undefined },
>(job: T): T {
  const { partition, uniqueKey } = job;
  return uniqueKey === undefined ? job : { ...job, uniqueKey: uniqueKey.slice(`${partition}|`.length) };
}

export function jobInPartition(job: NewJob): NewJob {
  if (job.unique === undefined) return job;
  const { key } = keyInPartition({ key: job.unique.key, partition: job.partition });
  return { ...job, unique: { ...job.unique, key } };
}

/** With their follow-up jobs; one object keeps all partitions. */
export function settlementsFor(shards: number, settlements: readonly Settlement[]): readonly Settlement[] {
  if (shards === 1) return settlements;
  return settlements.map((one) => (one.next === undefined ? one : { ...one, next: one.next.map(jobInPartition) }));
}
