import { aFunction } from "@longshore/core/adapter";
import { type Connect, type Connection, type Topology, deliveriesOf } from "./connection.ts";

/** The parts of amqplib's `ChannelModel` that we use. */
export type AmqplibConnection = {
  createChannel(): Promise<AmqplibChannel>;
  createConfirmChannel(): Promise<AmqplibConfirmChannel>;
  close(): Promise<void>;
  on(event: "close" | "error", listener: (error?: Error) => void): unknown;
};

type AmqplibChannel = {
  assertExchange(name: string, type: "topic", options: { durable: boolean }): Promise<unknown>;
  assertQueue(name: string, options: { durable: boolean; arguments: object }): Promise<unknown>;
  bindQueue(queue: string, exchange: string, key: string): Promise<unknown>;
  bindExchange(destination: string, source: string, key: string): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(queue: string, deliver: (message: AmqplibMessage | null) => void): Promise<{ readonly consumerTag: string }>;
  cancel(tag: string): Promise<unknown>;
  // `never`: amqplib's own type of a message has more than ours.
  ack(message: never): void;
  nack(message: never, allUpTo: boolean, requeue: boolean): void;
  close(): Promise<void>;
  on(event: string, listener: (value: unknown) => void): unknown;
};

type AmqplibConfirmChannel = AmqplibChannel & {
  publish(
    exchange: string,
    key: string,
    body: never,
    options: { persistent: boolean; mandatory: boolean; contentType: string; messageId: string },
    confirmed: (error: unknown) => void,
  ): boolean;
};

type AmqplibMessage = {
  readonly content: { toString(): string };
  readonly properties: { readonly headers?: object | undefined; readonly messageId?: string | undefined };
};

/**
 * Connects by amqplib, in Node. `make` is called for each connection; leave its own recovery off. Fails with
 * `invalid_option`.
 *
 * ```ts
 * const connect = overAmqplib(() => amqplib.connect("amqp://localhost?heartbeat=30"));
 * ```
 */
export function overAmqplib(make: () => Promise<AmqplibConnection>): Connect {
  aFunction(make, "argument of overAmqplib");
  return async () => {
    const connection = await make();
    const ended = new Promise<string>((resolve) => {
      const end = (error?: Error): void => resolve(error?.message ?? "the connection was closed");
      connection.on("error", end);
      connection.on("close", end);
    });
    return {
      ended,
      declare: (topology) => declareBy(connection, topology),
      publish: publisher(connection),
      async consume(queue, prefetch, deliver) {
        const { channel, closed } = watched(await connection.createChannel());
        await channel.prefetch(prefetch);
        let end = (_reason: string): void => {};
        const cancelled = new Promise<string>((resolve) => (end = resolve));
        let open = true;
        closed.then(() => (open = false)).catch(nothing);
        const { consumerTag } = await channel.consume(queue, (message) => {
          if (message === null) return end("the server cancelled the consumer");
          const { content, properties } = message;
          const own = message as never; // what came from amqplib
          const whileOpen = async (decide: () => void): Promise<void> => {
            if (!open) throw new Error("the channel of the message has ended");
            decide();
          };
          deliver({
            id: properties.messageId,
            body: content.toString(),
            deliveries: deliveriesOf(properties.headers),
            ack: () => whileOpen(() => channel.ack(own)),
            requeue: () => whileOpen(() => channel.nack(own, false, true)),
          });
        });
        return {
          ended: Promise.race([closed, cancelled]),
          cancel: () => channel.cancel(consumerTag).then(nothing, nothing),
          close: () => quietly(() => channel.close()),
        };
      },
      close: () => quietly(() => connection.close()),
    };
  };
}

const nothing = (): void => {};

/** It throws, and does not reject, if the channel has ended. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // It has ended already.
  }
}

/** Without a listener, an error of a channel would end the process. */
function watched<C extends AmqplibChannel>(channel: C): { readonly channel: C; readonly closed: Promise<string> } {
  const closed = new Promise<string>((resolve) => {
    channel.on("error", (error) => resolve(String(error)));
    channel.on("close", () => resolve("the channel was closed"));
  });
  return { channel, closed };
}

async function declareBy(connection: AmqplibConnection, { exchanges, queues, bindings }: Topology): Promise<void> {
  const { channel } = watched(await connection.createChannel());
  for (const { name, type } of exchanges) await channel.assertExchange(name, type, { durable: true });
  for (const { name, arguments: args } of queues) await channel.assertQueue(name, { durable: true, arguments: args });
  for (const { from, to, kind, key } of bindings) {
    await (kind === "queue" ? channel.bindQueue(to, from, key) : channel.bindExchange(to, from, key));
  }
  await channel.close();
}

/** Publishes in a channel with confirms, which is opened by the first message and again after an error. */
function publisher(connection: AmqplibConnection): Connection["publish"] {
  let opening: Promise<AmqplibConfirmChannel> | undefined;
  const returned = new Set<string>();
  const open = async (): Promise<AmqplibConfirmChannel> => {
    const { channel, closed } = watched(await connection.createConfirmChannel());
    channel.on("return", (message) => {
      const { messageId = "" } = (message as AmqplibMessage).properties; // what this event has
      returned.add(messageId);
    });
    closed.then(() => (opening = undefined)).catch(nothing);
    return channel;
  };
  const { Buffer } = globalThis as unknown as { Buffer: { from(text: string): never } }; // where amqplib is, it is
  return async ({ id, exchange, key, body }) => {
    opening ??= open();
    const channel = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const options = { persistent: true, mandatory: true, contentType: "text/plain", messageId: id };
    await new Promise<void>((resolve, reject) => {
      channel.publish(exchange, key, Buffer.from(body), options, (error) => {
        if (error) reject(error instanceof Error ? error : new Error(String(error)));
        else resolve();
      });
    });
    // The server returns a message before it confirms it.
    return returned.delete(id) ? "unroutable" : "confirmed";
  };
}
