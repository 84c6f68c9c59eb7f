export type { Case } from "./case.ts";
export { cases, contractCases, pipelineCases } from "./cases/index.ts";
export { completionCases } from "./cases/pipeline/completions.ts";
export { type Check, conformance } from "./conformance.ts";
export { type DifferentialOptions, checkAgainstAdapter, checkAgainstModel } from "./differential/check.ts";
export type { Need } from "./need.ts";
export { type FakeQueue, fakeQueue } from "./reference/fake-queue.ts";
export type { Batch, OutgoingMessage } from "./reference/queue-rules.ts";
export {
  type Consumer,
  type UnreliableQueue,
  type UnreliableQueueOptions,
  unreliableQueue,
} from "./reference/unreliable-queue.ts";
export { referenceBroker } from "./reference/broker.ts";
export { seeded } from "@longshore/testing/tools";
export { type Report, runAll } from "./report.ts";
export { everyCallTwice } from "./every-call-twice.ts";
export type { AnyAdapter, Clock, Make, Subject, Transacted } from "./subject.ts";
