/**
 * For authors of brokers: what every message queue needs once, and an adapter over it does not write again.
 */
export { type BatchLimits, bytesOf, inBatches } from "./batches.ts";
export { type Broker, createBroker } from "./broker.ts";
export type { BrokerOptions } from "./broker-options.ts";
export { type DeadLetter, readDeadLetter } from "./dead-letter.ts";
export type { Delivery } from "./delivery.ts";
export { type Decoded, type Envelope, decode, encode } from "./envelope.ts";
export type { ForeignHandler } from "./foreign.ts";
export type { Message, Parcel, Post, PostAnswers } from "./message.ts";
export { type RunMessagesOptions, aMessageRunner, runMessages } from "./run-messages.ts";
