// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html

/** Of a message, and of a batch as a whole. */
export const MESSAGE_BYTES = 1_048_576;
export const BATCH_MESSAGES = 10;
/** The longest `DelaySeconds`. */
export const DELAY_MS = 900_000;
/** The longest `WaitTimeSeconds` of a long poll. */
export const WAIT_MS = 20_000;
/**
 * A message is hidden for 12 hours in all, from the moment at which SQS handed it out. A minute of that is for the way,
 * and for clocks that differ.
 */
export const HIDDEN_MS: number = 12 * 3_600_000 - 60_000;

/** What ids, names, the largest metadata, a trace context and the reason of a snooze or a death take at most. */
export const HEAD_BYTES = 32_768;
