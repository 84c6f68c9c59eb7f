import type { Fault } from "./fault.ts";

export const attemptFaults: readonly Fault[] = [
  {
    id: "F20",
    title: "a poison job crashes one worker after another",
    wentWrong: "A job that killed its worker was recovered without limit, and killed the next worker, too.",
    sources: ["sidekiq/sidekiq#3400", "sidekiq/sidekiq#4633", "sidekiq/sidekiq#4992", "sidekiq/sidekiq#4594"],
    layers: ["S", "K"],
  },
  {
    id: "F21",
    title: "a crash count that an unrelated success resets",
    wentWrong:
      "A success of another job reset the count of crashes, so a job that ran out of memory was run again without end.",
    sources: ["cloudflare/agents#1825", "cloudflare/agents#1826", "cloudflare/agents#2271"],
    layers: ["D", "S"],
  },
  {
    id: "F22",
    title: "a crashed attempt: failed or not?",
    wentWrong:
      "Jobs whose worker had vanished were marked as failed without a failure of their own, and without an explanation.",
    sources: ["rails/solid_queue#422", "rails/solid_queue#591"],
    layers: ["S"],
  },
  {
    id: "F23",
    title: "failing and dead-lettering in two steps",
    wentWrong: "A crash between the failure and the dead letter left the job in neither place, or in both.",
    sources: ["upstash/queue#7", "reviews of several queues"],
    layers: ["S", "C"],
  },
  {
    id: "F24",
    title: "a replay of dead letters that loses some",
    wentWrong: "Dead letters were lost when their replay was interrupted halfway.",
    sources: ["CrossBusExplorer#64"],
    layers: ["C"],
  },
  {
    id: "F26",
    title: "a backoff that overflows",
    wentWrong: "The delay before a late attempt overflowed its type, so the job was retried at once.",
    sources: ["riverqueue/river#698"],
    layers: ["U"],
  },
  {
    id: "F27",
    title: "retries all at once",
    wentWrong: "Jobs that had failed in the same second were all retried in the same second.",
    sources: ["payloadcms/payload#16318", "rails/rails#31872", "Betterment/delayed#26"],
    layers: ["U", "S"],
  },
  {
    id: "F28",
    title: "a failure that cannot be recorded",
    wentWrong: "A job was lost because the store was unavailable when its failure was to be recorded.",
    sources: ["sidekiq/sidekiq#4141", "sidekiq/sidekiq#1511"],
    layers: ["S", "C"],
  },
  {
    id: "F29",
    title: "hostile errors",
    wentWrong: "An error whose message throws, is circular or is huge broke the code that recorded it.",
    sources: ["sidekiq: its tests of errors that raise errors", "pg-boss: its test of circular payloads"],
    layers: ["U", "C"],
  },
  {
    id: "F32",
    title: "a handler that runs again after a lost connection",
    wentWrong: "A handler that had succeeded ran again because its settlement had failed.",
    sources: ["taskforcesh/bullmq#3482", "taskforcesh/bullmq#3473"],
    layers: ["S"],
  },
  {
    id: "F34",
    title: "one failure in a batch",
    wentWrong: "One failed message made the whole batch be delivered again.",
    sources: ["cloudflare/cloudflare-docs#6677"],
    layers: ["S"],
  },
];
