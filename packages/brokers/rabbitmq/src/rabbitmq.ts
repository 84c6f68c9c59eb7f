import { LongshoreError, systemPlatform } from "@longshore/core";
import {
  type Adapter,
  type Carry,
  type Checks,
  type Closing,
  aFunction,
  checkOptions,
  createClosing,
  text,
  withMethods,
} from "@longshore/core/adapter";
import { type Delivery, type Parcel, createBroker } from "@longshore/core/broker";
import type { Connect } from "./connection.ts";
import { createDeclared } from "./declared.ts";
import { type HeldMessage, createHands } from "./hands.ts";
import { MAX_HOP_MS, type Names, ladderTopology, queueName, queueTopology, route } from "./ladder.ts";
import { type LastingSubscription, type ConsumeRequest, createLink } from "./link.ts";
import { type RabbitMQTraits, traits } from "./traits.ts";

export type RabbitMQOptions = {
  /** Opens a connection: `overAmqpClient` or `overAmqplib` makes it. */
  readonly connect: Connect;
  /** Begins the names of all exchanges and queues in the server. Letters, digits, `_`, `-`. Default: `longshore`. */
  readonly prefix?: string | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const CHECKS: Checks<RabbitMQOptions> = {
  connect: aFunction,
  // The server keeps names that begin with amq. for itself.
  prefix: text("1 to 50 ASCII letters, digits, _ or -, and not amq", /^(?!amq$)[\w-]{1,50}$/),
  clock: aFunction,
};

/** What a client library itself returns is none. */
const aConnection = withMethods("declare", "publish", "consume", "close");

/** A message as `receive` takes it. */
export type ReceivedMessage = HeldMessage & { readonly queue: string };

export type RabbitMQ = Adapter<RabbitMQTraits> &
  Carry &
  Closing & {
    /** Subscribes to a queue, or to the dead letters; for hosts. `consume` and `consumeDeadLetters` are two. */
    subscribe(from: Place, request: SubscribeRequest): LastingSubscription;
    /** Sorts delivered messages and sends on jobs that are not due yet; for your own hosts. Never rejects. */
    receive(messages: readonly ReceivedMessage[]): Promise<Delivery<ReceivedMessage>>;
    /** Sends a message into its queue again, as it is, and acknowledges it. Rejects if it could not be sent. */
    retry(message: ReceivedMessage, delayMs: number): Promise<void>;
  };
/** A job's queue, or that of the dead letters. */
export type Place = { readonly queue: string } | "dead";
export type SubscribeRequest = Pick<ConsumeRequest, "prefetch" | "lost"> & {
  deliver(message: ReceivedMessage): void;
};

/** Ids, names and metadata of a job take up to 30 000 bytes, the failure of a dead one 4 000. */
const MESSAGE_BYTES = traits.maxPayloadBytes + 100_000;

/**
 * RabbitMQ as a broker. It moves jobs and keeps no state, so ids, priorities, schedules, listing and replay are compile
 * errors; `paired` adds them. Connects when it is first used, and declares its exchanges and queues. Make one for each
 * process, or, in a Worker, for each request. Fails with `invalid_option`.
 *
 * ```ts
 * const jobs = rabbitmq({ connect: overAmqpClient(() => new AMQPClient("amqp://localhost?heartbeat=30")) });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function rabbitmq(options: RabbitMQOptions): RabbitMQ {
  checkOptions("rabbitmq", options ?? {}, CHECKS);
  aFunction(options?.connect, "connect of rabbitmq");
  const { connect, prefix = "longshore", clock = () => Date.now() } = options;
  const names: Names = { prefix, deadLetters: `${prefix}.dead` };
  const { id: newId } = systemPlatform;
  const connectChecked: Connect = async () => {
    const connection = await connect();
    aConnection(connection, "connection of connect (made by overAmqpClient or overAmqplib)");
    return connection;
  };
  const link = createLink(connectChecked, systemPlatform);
  const hands = createHands(newId);

  /** Queues, and the ladder, which has no name. */
  const declared = createDeclared();
  const prepareLadder = (): Promise<void> => declared.once("", () => link.declare(ladderTopology(names)));
  const prepare = async (to: Place): Promise<void> => {
    await prepareLadder();
    if (to !== "dead") await declared.once(to.queue, () => link.declare(queueTopology(names, to.queue)));
  };
  /** Two calls instead of ninety, where the ladder is there: a producer in a Worker pays them with each request. */
  const prepareQueue = (queue: string): Promise<void> =>
    declared.once(queue, async () => {
      try {
        await link.declare(queueTopology(names, queue));
      } catch {
        await prepareLadder();
        await link.declare(queueTopology(names, queue));
      }
    });

  const send = async (to: Place, body: string, delayMs: number): Promise<void> => {
    const place = to === "dead" ? { exchange: "", key: names.deadLetters } : route(names, to.queue, delayMs);
    const publish = () => link.publish({ id: newId(), ...place, body });
    // Only a message that enters its queue later finds no queue without our being told.
    if (to !== "dead" && place.exchange !== "") await prepareQueue(to.queue);
    const sentAt = declared.moment();
    if ((await publish()) === "confirmed") return;
    // It was returned: nothing was declared yet, or somebody removed it. Of a thousand that are sent together, the first that
    // comes back has it declared anew, and the others wait for that.
    declared.forget(sentAt);
    await prepare(to);
    if ((await publish()) === "confirmed") return;
    throw new LongshoreError("enqueue_failed", `RabbitMQ has no queue behind ${place.exchange || place.key}.`);
  };
  const post = async (to: "queue" | "dead", { body, delayMs, job }: Parcel): Promise<string | undefined> => {
    try {
      await send(to === "dead" ? to : job, body, delayMs);
      return undefined;
    } catch (error) {
      return `RabbitMQ did not confirm the message: ${String(error).slice(0, 300)}`;
    }
  };
  const retry: RabbitMQ["retry"] = async (message, delayMs) => {
    // Never requeued at once: a message that nobody can take would go round as fast as the server can.
    await send(message, message.body, delayMs);
    await message.ack();
  };

  const own = createBroker<RabbitMQTraits, ReceivedMessage>({
    name: "rabbitmq",
    traits,
    messageBytes: MESSAGE_BYTES,
    hopMs: MAX_HOP_MS,
    now: clock,
    post: (to, parcels) => Promise.all(parcels.map((parcel) => post(to, parcel))),
    message: (one) => ({
      id: one.id,
      body: one.body,
      attempts: one.deliveries,
      // A retry is always a new message: what is requeued has no delay.
      retryMs: -1,
      ack: () => one.ack(),
      retry: (delayMs) => retry(one, delayMs),
    }),
  });

  const closing = createClosing("rabbitmq", () => link.close());
  return {
    ...own,
    async enqueue(jobs) {
      closing.check();
      return own.enqueue(jobs);
    },
    retry,
    subscribe(from, { prefetch, deliver, lost }) {
      const queue = from === "dead" ? "" : from.queue;
      return link.consume({
        queue: from === "dead" ? names.deadLetters : queueName(names, queue),
        prefetch,
        prepare: () => prepare(from),
        lost(reason, againMs) {
          // Somebody may have removed a queue, or the server its data.
          declared.forget(declared.moment());
          lost(reason, againMs);
        },
        deliver(delivered) {
          const held = hands.take(delivered);
          if (held !== undefined) deliver(Object.assign(held, { queue }));
        },
      });
    },
    ...closing.methods,
  };
}
