import { LongshoreError } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { MOST_CHARACTERS } from "@longshore/sqlite-engine";

/**
 * A job and those that it comes after are in one object, and a call with such jobs is one message. Fails with
 * `invalid_option` or `batch_too_large`.
 */
export function checkLinked(jobs: readonly NewJob[], shards: number): void {
  const children = jobs.filter(({ after }) => after !== undefined);
  if (children.length === 0) return;
  if (JSON.stringify(jobs).length > MOST_CHARACTERS) {
    const message = `Jobs that come after each other are enqueued in one call of at most ${MOST_CHARACTERS} characters: store their data elsewhere.`;
    throw new LongshoreError("batch_too_large", message);
  }
  if (shards === 1) return;
  for (const { id, partition = id, after } of children) {
    const other = after?.jobs.find((ref) => (ref.partition ?? ref.id) !== partition);
    if (other === undefined) continue;
    const message = `With several shards, a job and those that it comes after must have one partition: ${id} has ${partition}, ${other.id} has ${other.partition ?? other.id}.`;
    throw new LongshoreError("invalid_option", message);
  }
}
