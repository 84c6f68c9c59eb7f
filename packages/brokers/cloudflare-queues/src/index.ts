export { type DeadLetter, readDeadLetter } from "@longshore/core/broker";
export type { OutgoingMessage, QueueBatch, QueueBinding, QueueMessage } from "./binding.ts";
export { type CloudflareQueues, type CloudflareQueuesOptions, type Delivery, cloudflareQueues } from "./broker.ts";
export { type ConsumeOptions, consume } from "./consume.ts";
export type { CloudflareQueuesTraits } from "./traits.ts";
