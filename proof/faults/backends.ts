import type { Fault } from "./fault.ts";

export const backendFaults: readonly Fault[] = [
  {
    id: "F84",
    title: "a restart of the server",
    wentWrong: "A worker ended when its database did, or never ran another job.",
    sources: ["pg-boss: the error event of its pool", "pgmq and procrastinate: a benchmark of restarts"],
    layers: ["K"],
  },
  {
    id: "F85",
    title: "concurrent claims",
    wentWrong: "Processes that claimed at the same time got the same job, or jobs that they could not run.",
    sources: ["codeigniter4/queue#86", "rails/solid_queue#133", "rails/solid_queue#309"],
    layers: ["C", "K"],
  },
  {
    id: "F86",
    title: "transient failures",
    wentWrong: "Queries of a database at the edge failed for a moment, and it was not known which may be repeated.",
    sources: ["cloudflare/cloudflare-docs#18485"],
    layers: ["C"],
  },
  {
    id: "F87",
    title: "heartbeats without a connection",
    wentWrong: "Handlers used all connections, so the worker could not renew their leases.",
    sources: ["oban-bg/oban#364"],
    layers: ["K"],
  },
  {
    id: "F88",
    title: "lost notifications, or too many of them",
    wentWrong: "Workers slept on because a notification was lost, or every job woke all of them.",
    sources: ["18F/identity-idp#7870", "OCA/queue#811", "pulp/pulpcore#6616", "riverqueue/river#1150"],
    layers: ["S", "K"],
  },
  {
    id: "F90",
    title: "a driver that returns other types",
    wentWrong: "Numbers came back as text, or a missing value as an empty one, and were not checked.",
    sources: ["riverqueue/river#777", "riverqueue/river#739", "pg-boss: integers as strings"],
    layers: ["C"],
  },
  {
    id: "F91",
    title: "the lost reply of a claim or a settlement",
    wentWrong: "The store's reply was lost, so what it had done was done again or taken as not done.",
    sources: ["Temporal: its fault of a call that is executed and times out"],
    layers: ["S", "C"],
  },
  {
    id: "F93",
    title: "names with an internal meaning",
    wentWrong: "A queue whose name equalled an internal key read and wrote data that was not its own.",
    sources: ["Faktory 1.10.0: its security note", "sidekiq/sidekiq#4852"],
    layers: ["C"],
  },
  {
    id: "F94",
    title: "migrations at once",
    wentWrong: "Instances that started at once made the tables at once, and some failed.",
    sources: ["riverqueue/river#364", "riverqueue/river#690", "graphile-worker: its note of a race at the start"],
    layers: ["K"],
  },
  {
    id: "F170",
    title: "somebody else's jobs",
    wentWrong: "Whoever could log in saw or cancelled the jobs of others, because a verb looked at their ids alone.",
    sources: ["apache/airflow#1325", "armadaproject/armada#1915", "dcos/metronome#185", "windmill-labs/windmill#10341"],
    layers: ["U", "X"],
  },
];
