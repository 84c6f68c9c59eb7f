import { AMQPClient } from "@cloudamqp/amqp-client";
import type { Logger } from "@longshore/core";
import { inject } from "vitest";
import type { Connect } from "../src/connection.ts";
import { type RabbitMQ, overAmqpClient, rabbitmq } from "../src/index.ts";

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A broker over the server of this run, and the clients that it has made. */
export type Setting = {
  readonly broker: RabbitMQ;
  readonly clients: AMQPClient[];
  /** A client of the test's own. */
  client(): Promise<AMQPClient>;
  close(): Promise<void>;
};

/** Tests share the prefix, because each costs a ladder: use queues of your own. */
export function setting(wrap: (connect: Connect) => Connect = (connect) => connect, prefix = "tests"): Setting {
  const url = inject("rabbitmq") ?? "";
  const clients: AMQPClient[] = [];
  const own: AMQPClient[] = [];
  const connect = overAmqpClient(() => {
    const client = new AMQPClient(url);
    clients.push(client);
    return client;
  });
  const broker = rabbitmq({ connect: wrap(connect), prefix });
  return {
    broker,
    clients,
    async client() {
      const client = new AMQPClient(url);
      await client.connect();
      own.push(client);
      return client;
    },
    async close() {
      await broker.close();
      for (const client of own) await client.close();
    },
  };
}

/** A promise, and what ends it. */
export function signal(): { readonly come: Promise<void>; readonly send: () => void } {
  let send = (): void => {};
  const come = new Promise<void>((resolve) => (send = resolve));
  return { come, send };
}
