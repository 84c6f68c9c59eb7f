export type { OutgoingMessage, QueueBatch, QueueBinding, QueueMessage } from "./binding.ts";
export { type CloudflareQueues, type CloudflareQueuesOptions, cloudflareQueues } from "./broker.ts";
export { type ConsumeOptions, consume } from "./consume.ts";
export { type DeadLetter, readDeadLetter } from "./dead-letter.ts";
export type { Delivery } from "./delivery.ts";
export type { CloudflareQueuesTraits } from "./traits.ts";
