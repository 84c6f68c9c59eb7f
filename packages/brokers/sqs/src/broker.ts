import { LongshoreError } from "@longshore/core";
import {
  type Adapter,
  type Carry,
  type Checks,
  aFunction,
  byQueue,
  checkOptions,
  integer,
  text,
} from "@longshore/core/adapter";
import { type Delivery, type Message, type Post, createBroker } from "@longshore/core/broker";
import type { SqsCall } from "./call.ts";
import { DELAY_MS, HEAD_BYTES, HIDDEN_MS, MESSAGE_BYTES } from "./limits.ts";
import { type SqsQueue, sqsQueue } from "./queue.ts";
import { type SqsTraits, traitsOf } from "./traits.ts";

export type SqsOptions = {
  /** How SQS is called: `awsCall({ region, credentials })`, or the AWS SDK. */
  readonly call: SqsCall;
  /** The URL of the queue for all jobs, or for those whose queue has none of its own in `queues`. */
  readonly queue: string;
  /** The URLs of queues of their own, by the names of jobs' queues, so that one's backlog holds no other's. */
  readonly queues?: Readonly<Record<string, string>> | undefined;
  /** The URL of another queue. It receives jobs whose attempts are used up, with their last error. */
  readonly deadLetters: string;
  /**
   * The queues' `MaximumMessageSize` in bytes, if it is lower than what SQS allows: queues made before August 2025 have
   * 262 144. 65 536 to 1 048 576, the default.
   */
  readonly messageBytes?: number | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const aUrl = text(
  "the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
  /^https?:\/\/[^\s/]+\/[^\s]+$/,
);
const CHECKS: Checks<SqsOptions> = {
  call: aFunction,
  queue: aUrl,
  queues: byQueue(aUrl),
  deadLetters: aUrl,
  messageBytes: integer(2 * HEAD_BYTES, MESSAGE_BYTES),
  clock: aFunction,
};

export type Sqs = Adapter<SqsTraits> &
  Carry & {
    /**
     * Sorts delivered messages and sends on jobs that are not due yet; for your own hosts, which decide about the messages
     * in `foreign` and `soon`. Never rejects.
     */
    receive(messages: readonly Message[]): Promise<Delivery<Message>>;
    /** Its queues but the dead letters, each once; for hosts. */
    readonly queues: readonly SqsQueue[];
    /** The adapter's clock. */
    now(): number;
  };

/**
 * Amazon SQS as a broker. It moves jobs and keeps no state, so ids, priorities, schedules, listing and replay are
 * compile errors; `paired` adds them. `poll` and `onLambda` are its hosts. Fails with `invalid_option`.
 *
 * ```ts
 * const jobs = sqs({ call: awsCall({ region, credentials }), queue: JOBS_URL, deadLetters: DEAD_URL });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function sqs(options: SqsOptions): Sqs {
  checkOptions("sqs", options ?? {}, CHECKS);
  for (const name of ["call", "queue", "deadLetters"] as const) CHECKS[name](options?.[name], `${name} of sqs`);
  const { call, messageBytes = MESSAGE_BYTES, clock = () => Date.now() } = options;
  const open = (url: string): SqsQueue => sqsQueue(url, call, messageBytes, clock);
  const queues = new Map([options.queue, ...Object.values(options.queues ?? {})].map((url) => [url, open(url)]));
  const urlOf = (name: string): string =>
    Object.hasOwn(options.queues ?? {}, name) ? (options.queues?.[name] ?? options.queue) : options.queue;
  const deadLetters = open(options.deadLetters);
  checkKinds([...queues.values()], options.deadLetters);

  const post: Post = async (to, parcels) => {
    if (to === "dead") return deadLetters.send(parcels);
    const answers: (string | undefined)[] = [];
    const sendTo = async (queue: SqsQueue): Promise<void> => {
      const mine = [...parcels.entries()].filter(([, { job }]) => urlOf(job.queue) === queue.url);
      const own = await queue.send(mine.map(([, parcel]) => parcel));
      mine.forEach(([place], i) => {
        answers[place] = own[i];
      });
    };
    await Promise.all([...queues.values()].map(sendTo));
    return parcels.map((_, place) => answers[place]);
  };
  const [{ fifo }] = [...queues.values()] as [SqsQueue]; // `queue` is one
  const broker = createBroker<SqsTraits, Message>({
    name: "sqs",
    traits: traitsOf(messageBytes),
    messageBytes,
    hopMs: fifo ? HIDDEN_MS - (HIDDEN_MS % 1_000) : DELAY_MS,
    hides: fifo,
    now: clock,
    post,
    message: (one) => one,
  });
  return { ...broker, queues: [...queues.values()], now: clock };
}

function checkKinds(queues: readonly SqsQueue[], deadLetters: string): void {
  const refuse = (why: string): never => {
    throw new LongshoreError("invalid_option", why);
  };
  if (queues.some(({ url }) => url === deadLetters)) {
    refuse("The dead letters need another queue: in this one they would be delivered again.");
  }
  if (new Set(queues.map(({ fifo }) => fifo)).size > 1) {
    refuse(
      "The queues of an adapter must be of one kind, standard or FIFO (whose URLs end in .fifo): make two adapters.",
    );
  }
}
