import type { Fault } from "./fault.ts";

export const attemptFaults: readonly Fault[] = [
  {
    id: "F20",
    title: "a poison job crash-loops the fleet",
    wentWrong: "A job that killed its worker was recovered without end, and killed the next one.",
    sources: ["sidekiq/sidekiq#3400", "sidekiq/sidekiq#4633", "sidekiq/sidekiq#4992", "sidekiq/sidekiq#4594"],
    layers: ["S", "K"],
  },
  {
    id: "F21",
    title: "a loop that resets its own breaker",
    wentWrong: "The count of crashes was cleared by an unrelated success, so that a job that eats memory ran for ever.",
    sources: ["cloudflare/agents#1825", "cloudflare/agents#1826", "cloudflare/agents#2271"],
    layers: ["D", "S"],
  },
  {
    id: "F22",
    title: "a crash: failed or tried again?",
    wentWrong:
      "Jobs of a vanished worker were marked as failed although nothing of theirs had failed, and nobody saw why.",
    sources: ["rails/solid_queue#422", "rails/solid_queue#591"],
    layers: ["S"],
  },
  {
    id: "F23",
    title: "to fail and to bury in two steps",
    wentWrong: "A crash between the failure and the dead letter left the job in neither place, or in both.",
    sources: ["upstash/queue#7", "reviews of several queues"],
    layers: ["S", "C"],
  },
  {
    id: "F24",
    title: "a redrive that loses",
    wentWrong: "Dead letters were lost when their redrive was broken off halfway.",
    sources: ["CrossBusExplorer#64"],
    layers: ["C"],
  },
  {
    id: "F26",
    title: "a backoff that overflows",
    wentWrong: "The delay before a late attempt overflowed its type, and the job was tried again at once.",
    sources: ["riverqueue/river#698"],
    layers: ["U"],
  },
  {
    id: "F27",
    title: "a storm of retries",
    wentWrong: "Jobs that had failed in the same second all came back in the same second.",
    sources: ["payloadcms/payload#16318", "rails/rails#31872", "Betterment/delayed#26"],
    layers: ["U", "S"],
  },
  {
    id: "F28",
    title: "the failure cannot be recorded",
    wentWrong: "A job was lost because the store was away when its failure was to be written.",
    sources: ["sidekiq/sidekiq#4141", "sidekiq/sidekiq#1511"],
    layers: ["S", "C"],
  },
  {
    id: "F29",
    title: "hostile errors",
    wentWrong: "An error whose message throws, is circular or is huge broke whoever wanted to record it.",
    sources: ["sidekiq: its tests of errors that raise errors", "pg-boss: its test of circular payloads"],
    layers: ["U", "C"],
  },
  {
    id: "F32",
    title: "a lost connection re-runs the handler",
    wentWrong: "A handler that had succeeded was run again because its settlement had failed.",
    sources: ["taskforcesh/bullmq#3482", "taskforcesh/bullmq#3473"],
    layers: ["S"],
  },
  {
    id: "F34",
    title: "one failure in a batch",
    wentWrong: "One message that failed had the whole batch delivered again.",
    sources: ["cloudflare/cloudflare-docs#6677"],
    layers: ["S"],
  },
];
