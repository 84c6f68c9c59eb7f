export type { Connect, Connection, DeliveredMessage, OutgoingMessage, Subscription, Topology } from "./connection.ts";
export { type ConsumeOptions, type ForeignMessage, consume } from "./consume.ts";
export { type ConsumeDeadLettersOptions, consumeDeadLetters } from "./dead-letters.ts";
export type { Consumer } from "./host.ts";
export { type AmqpClient, overAmqpClient } from "./over-amqp-client.ts";
export { type AmqplibConnection, overAmqplib } from "./over-amqplib.ts";
export {
  type Place,
  type RabbitMQ,
  type RabbitMQOptions,
  type ReceivedMessage,
  type SubscribeRequest,
  rabbitmq,
} from "./rabbitmq.ts";
export type { RabbitMQTraits } from "./traits.ts";
export { type DeadLetter, readDeadLetter } from "@longshore/core/broker";
