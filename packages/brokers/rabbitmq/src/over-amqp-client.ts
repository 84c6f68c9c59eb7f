import { aFunction } from "@longshore/core/adapter";
import { type Connect, type Connection, type Topology, deliveriesOf } from "./connection.ts";

/** The parts of `AMQPClient` and `AMQPWebSocketClient` of `@cloudamqp/amqp-client` that we use. */
export type AmqpClient = {
  readonly closed: boolean;
  connect(): Promise<unknown>;
  channel(): Promise<AmqpClientChannel>;
  close(): Promise<void>;
  send(bytes: Uint8Array): Promise<void>;
  ondisconnect?: ((error?: Error) => void) | undefined;
};

type AmqpClientChannel = {
  readonly closed: boolean;
  onerror: (reason: string) => void;
  onReturn(message: AmqpClientMessage): void;
  confirmSelect(): Promise<void>;
  prefetch(count: number): Promise<void>;
  close(): Promise<void>;
  exchangeDeclare(name: string, type: "topic", params: { durable: boolean }): Promise<void>;
  queueDeclare(name: string, params: { durable: boolean }, args: object): Promise<unknown>;
  queueBind(queue: string, exchange: string, key: string): Promise<void>;
  exchangeBind(destination: string, source: string, key: string): Promise<void>;
  basicPublish(exchange: string, key: string, body: string, properties: object, mandatory: boolean): Promise<number>;
  basicConsume(
    queue: string,
    params: { noAck: boolean },
    deliver: (message: AmqpClientMessage) => void,
  ): Promise<{ cancel(): Promise<unknown>; wait(): Promise<void> }>;
};

type AmqpClientMessage = {
  readonly properties: { readonly headers?: object | undefined; readonly messageId?: string | undefined };
  bodyToString(): string | null;
  ack(): Promise<void>;
  nack(requeue: boolean): Promise<void>;
};

/**
 * Connects by `@cloudamqp/amqp-client`, which runs on Node and, over sockets, in Workers. `make` is called for each
 * connection. Name a heartbeat in the address: without one, a connection whose other end vanished silently is noticed
 * only by the operating system, after minutes. Fails with `invalid_option`.
 *
 * ```ts
 * const connect = overAmqpClient(() => new AMQPClient("amqp://localhost?heartbeat=30"));
 * ```
 */
export function overAmqpClient(make: () => AmqpClient): Connect {
  aFunction(make, "argument of overAmqpClient");
  return async () => {
    const client = make();
    let end = (_reason: string): void => {};
    const ended = new Promise<string>((resolve) => (end = resolve));
    // Not `onerror`: it comes a moment earlier, and a client that is closed in between tells its channels nothing.
    client.ondisconnect = (error) => end(error?.message ?? "the server closed the connection");
    withoutStrayRejections(client);
    await client.connect();
    return {
      ended,
      declare: (topology) => inChannel(client, (channel) => declareIn(channel, topology)),
      publish: publisher(client),
      async consume(queue, prefetch, deliver) {
        const channel = await quietChannel(client);
        await channel.prefetch(prefetch);
        const consumer = await channel.basicConsume(queue, { noAck: false }, (message) =>
          deliver({
            id: message.properties.messageId,
            body: message.bodyToString() ?? "",
            deliveries: deliveriesOf(message.properties.headers),
            ack: () => message.ack(),
            requeue: () => message.nack(true),
          }),
        );
        return {
          ended: consumer.wait().then(
            () => "it was cancelled",
            (error) => String(error),
          ),
          cancel: () => consumer.cancel().then(nothing, nothing),
          close: () => channel.close().catch(nothing),
        };
      },
      async close() {
        end("it was closed");
        await client.close().catch(nothing);
      },
    };
  };
}

const nothing = (): void => {};

/**
 * Its publish listens for the confirmation only once the write is over (4.1.1). If the connection ends between, the
 * rejection has no listener, and that ends a Node process. So no write is waited for: the confirmation tells enough.
 */
function withoutStrayRejections(client: AmqpClient): void {
  const send = client.send.bind(client);
  client.send = (bytes) => {
    const written = send(bytes);
    if (client.closed) return written;
    written.catch(nothing);
    return Promise.resolve();
  };
}

/** A failed declaration ends its channel, and an error of a channel is told to whoever waits for it. */
async function quietChannel(client: AmqpClient): Promise<AmqpClientChannel> {
  return Object.assign(await client.channel(), { onerror: nothing });
}

async function inChannel(client: AmqpClient, work: (channel: AmqpClientChannel) => Promise<void>): Promise<void> {
  const channel = await quietChannel(client);
  await work(channel);
  await channel.close();
}

async function declareIn(channel: AmqpClientChannel, { exchanges, queues, bindings }: Topology): Promise<void> {
  for (const { name, type } of exchanges) await channel.exchangeDeclare(name, type, { durable: true });
  for (const { name, arguments: args } of queues) await channel.queueDeclare(name, { durable: true }, args);
  for (const { from, to, kind, key } of bindings) {
    await (kind === "queue" ? channel.queueBind(to, from, key) : channel.exchangeBind(to, from, key));
  }
}

/** Publishes in a channel with confirms, which is opened by the first message and again after an error. */
function publisher(client: AmqpClient): Connection["publish"] {
  let opening: Promise<AmqpClientChannel> | undefined;
  const returned = new Set<string>();
  const open = async (): Promise<AmqpClientChannel> => {
    const channel = await quietChannel(client);
    channel.onReturn = ({ properties: { messageId = "" } }) => void returned.add(messageId);
    await channel.confirmSelect();
    return channel;
  };
  const usable = async (): Promise<AmqpClientChannel> => {
    opening ??= open();
    try {
      const channel = await opening;
      if (!channel.closed) return channel;
    } catch (error) {
      opening = undefined;
      throw error;
    }
    opening = undefined;
    return usable();
  };
  return async ({ id, exchange, key, body }) => {
    const channel = await usable();
    const properties = { deliveryMode: 2, contentType: "text/plain", messageId: id };
    // The server returns a message before it confirms it.
    await channel.basicPublish(exchange, key, body, properties, true);
    return returned.delete(id) ? "unroutable" : "confirmed";
  };
}
