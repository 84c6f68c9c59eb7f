import type { Sabotage } from "../sabotage.ts";

/** RabbitMQ's own promises are not broken: its queues write to disk whatever a publisher asks. */
export const rabbitmqSabotages: Readonly<Record<string, Sabotage>> = {
  "ack-first": {
    what: "an enqueue is answered 200 ms before its message is sent",
    patches: [
      {
        file: "brokers/rabbitmq/dist/rabbitmq.js",
        find: 'await send(to === "dead" ? to : job, body, delayMs);',
        put: `setTimeout(() => void send(to === "dead" ? to : job, body, delayMs).catch(() => {}), 200);`,
      },
    ],
  },
  "ack-on-delivery": {
    what: "a message is acknowledged before its job runs",
    patches: [
      {
        file: "brokers/rabbitmq/dist/hands.js",
        find: "const hand = { delivered, acknowledged: false };",
        put: `delivered.ack().catch(nothing);
            const hand = { delivered: { ...delivered, ack: async () => {} }, acknowledged: false };`,
      },
    ],
  },
  "next-later": {
    what: "retries, follow-up jobs and dead letters are sent a second after their message was acknowledged",
    patches: [
      {
        file: "core/dist/broker/held-message.js",
        find: "await send();",
        put: "setTimeout(() => void send().catch(() => {}), 1_000);",
      },
    ],
  },
};
