import { LongshoreError, type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type JobRunner,
  aFunction,
  aLogger,
  checkOptions,
  withMethods,
} from "@longshore/core/adapter";
import { type Message, aMessageRunner, runMessages } from "@longshore/core/broker";
import type { Sqs } from "./broker.ts";
import { type ForeignMessage, handledBy } from "./foreign.ts";
import type { SqsQueue } from "./queue.ts";

/** The parts of Lambda's event that we use; `SQSEvent` of `@types/aws-lambda` fits. */
export type LambdaEvent = { readonly Records: readonly LambdaRecord[] };
export type LambdaRecord = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly MessageGroupId?: string | undefined };
  /** `arn:aws:sqs:eu-west-1:123456789012:jobs` */
  readonly eventSourceARN: string;
};
export type LambdaContext = { getRemainingTimeInMillis(): number };

/** What Lambda leaves in the queue; needs `ReportBatchItemFailures` in the event source mapping. */
export type LambdaAnswer = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

export type LambdaOptions = {
  /** The same adapter that `worker` was made with. */
  readonly broker: Sqs;
  /** Runs the jobs: a worker over `broker`, or a pair's runner, `jobs.runner(worker)`. */
  readonly worker: JobRunner | CarriedRunner;
  /** The second argument of the handler. What is not settled five seconds before its end is handed back. */
  readonly context: LambdaContext;
  /** As in `poll`. */
  readonly foreign?: ((message: ForeignMessage) => unknown) | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

const CHECKS: Checks<LambdaOptions> = {
  broker: withMethods("receive", "settle", "now"),
  worker: aMessageRunner,
  context: withMethods("getRemainingTimeInMillis"),
  foreign: aFunction,
  log: aLogger,
  platform: withMethods("timer"),
};
/** For the answer, and for the calls that hand messages back. */
const MARGIN_MS = 5_000;

/**
 * A complete handler for an event source of SQS, standard or FIFO. Each message is deleted or comes again by itself. Of
 * the messages of one group of a FIFO queue each waits for the one before it, and after one that comes again all
 * later ones of its group do. Rejects only with `invalid_option`, before it looks at a message.
 *
 * ```ts
 * export const handler = (event, context) => onLambda(event, { broker: jobs, worker, context });
 * ```
 */
export async function onLambda(event: LambdaEvent, options: LambdaOptions): Promise<LambdaAnswer> {
  checkOptions("onLambda", options ?? {}, CHECKS);
  for (const name of ["broker", "worker", "context"] as const) CHECKS[name](options?.[name], `${name} of onLambda`);
  const { broker, worker, context, foreign, log = console, platform = systemPlatform } = options;
  const records = event.Records.map((record) => {
    const queue = queueOf(record.eventSourceARN, broker.queues);
    return { record, queue, done: false };
  });
  type Received = (typeof records)[number];

  const run = async (received: readonly Received[]): Promise<void> => {
    const messages = received.map((one): Message => {
      const { messageId, receiptHandle, body, attributes } = one.record;
      const record = { MessageId: messageId, ReceiptHandle: receiptHandle, Body: body, Attributes: attributes };
      const message = one.queue.message(record, broker.now());
      return {
        id: message.id,
        body: message.body,
        attempts: message.attempts,
        get retryMs() {
          return message.retryMs;
        },
        // Lambda deletes what is not in the answer.
        ack() {
          one.done = true;
        },
        retry: (delayMs) => message.retry(delayMs),
      };
    });
    await runMessages(messages, {
      receive: broker.receive,
      worker,
      message: (one) => one,
      foreign: foreign && handledBy(foreign),
      log,
      fields: { queue: received[0]?.record.eventSourceARN },
      platform,
      forMs: Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS),
    });
  };
  const runInOrder = async (group: readonly Received[]): Promise<void> => {
    for (const [place, one] of group.entries()) {
      await run([one]);
      if (one.done) continue;
      // Visible, or they would hold their group for longer than the first of them waits.
      await Promise.allSettled(group.slice(place + 1).map(({ queue, record }) => queue.hide(record.receiptHandle, 0)));
      return;
    }
  };

  const groups = new Map<string, Received[]>();
  for (const one of records) {
    const group = one.queue.fifo ? `fifo ${one.record.attributes.MessageGroupId}` : "standard";
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  await Promise.all([...groups.values()].map((group) => (group[0]?.queue.fifo ? runInOrder(group) : run(group))));
  const left = records.filter(({ done }) => !done);
  return { batchItemFailures: left.map(({ record }) => ({ itemIdentifier: record.messageId })) };
}

/** The adapter's queue with this ARN. Its URL ends in the account and the name. */
function queueOf(arn: string, queues: readonly SqsQueue[]): SqsQueue {
  const [, , , , account, name] = arn.split(":");
  const found = queues.find(({ url }) => url.endsWith(`/${account}/${name}`));
  if (found !== undefined) return found;
  const known = queues.map(({ url }) => url.slice(url.lastIndexOf("/") + 1)).join(", ");
  throw new LongshoreError(
    "invalid_option",
    `The event is of the queue ${arn.slice(0, 200)}, and the broker of onLambda has ${known}. Give it in queue or queues of sqs.`,
  );
}
