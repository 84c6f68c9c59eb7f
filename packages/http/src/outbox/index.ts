export { type Outbox, type OutboxOptions, type Progress, outbox } from "./outbox.ts";
export type { Round } from "./round.ts";
