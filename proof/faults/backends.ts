import type { Fault } from "./fault.ts";

export const backendFaults: readonly Fault[] = [
  {
    id: "F85",
    title: "claims at once",
    wentWrong: "Processes that claimed at once got the same job, or jobs that they could not run.",
    sources: ["codeigniter4/queue#86", "rails/solid_queue#133", "rails/solid_queue#309"],
    layers: ["C", "K"],
  },
  {
    id: "F86",
    title: "failures that pass",
    wentWrong: "Queries of a database at the edge failed for a moment, and nobody knew which may be repeated.",
    sources: ["cloudflare/cloudflare-docs#18485"],
    layers: ["C"],
  },
  {
    id: "F87",
    title: "heartbeats that find no connection",
    wentWrong: "Handlers used up the connections, so that their own leases could not be renewed.",
    sources: ["oban-bg/oban#364"],
    layers: ["K"],
  },
  {
    id: "F88",
    title: "notifications lost, or a storm of them",
    wentWrong: "Workers slept on because a notification was lost, or all woke up for each job.",
    sources: ["18F/identity-idp#7870", "OCA/queue#811", "pulp/pulpcore#6616", "riverqueue/river#1150"],
    layers: ["S", "K"],
  },
  {
    id: "F90",
    title: "a driver that answers other types",
    wentWrong: "Numbers came back as text, or nothing as something, and were believed.",
    sources: ["riverqueue/river#777", "riverqueue/river#739", "pg-boss: integers as strings"],
    layers: ["C"],
  },
  {
    id: "F91",
    title: "the lost reply of a claim or a settlement",
    wentWrong: "What the store had done was done again, or taken for undone, because its reply was lost.",
    sources: ["Temporal: its fault of a call that is executed and times out"],
    layers: ["S", "C"],
  },
  {
    id: "F93",
    title: "names that mean something inside",
    wentWrong: "A queue that was named like an internal key read and wrote what was not its own.",
    sources: ["Faktory 1.10.0: its security note", "sidekiq/sidekiq#4852"],
    layers: ["C"],
  },
];
