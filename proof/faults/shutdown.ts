import type { Fault } from "./fault.ts";

export const shutdownFaults: readonly Fault[] = [
  {
    id: "F70",
    title: "a stop that drops unwritten outcomes",
    wentWrong: "A worker closed its connection before it had written the outcome of its last jobs.",
    sources: ["taskforcesh/bullmq#834", "taskforcesh/bullmq#2199"],
    layers: ["S", "K"],
  },
  {
    id: "F71",
    title: "claimed and not started",
    wentWrong: "Jobs that a stopping worker had fetched and not started were lost, or had used an attempt.",
    sources: ["taskforcesh/bullmq#3059", "taskforcesh/bullmq#3350", "taskforcesh/bullmq#4178"],
    layers: ["S", "K"],
  },
  {
    id: "F73",
    title: "a second stop, or one during the start",
    wentWrong: "A second signal during a shutdown hung or crashed the process.",
    sources: ["riverqueue/river#376"],
    layers: ["S"],
  },
  {
    id: "F74",
    title: "jobs that exceed the grace period",
    wentWrong: "Jobs that ran for longer than the shutdown allowed were killed with their process, and stayed locked.",
    sources: ["sidekiq/sidekiq#897", "sidekiq/sidekiq#1406"],
    layers: ["K"],
  },
  {
    id: "F75",
    title: "a deploy in the middle of a job",
    wentWrong: "A Durable Object was reset because its code had changed, and its running jobs were lost with it.",
    sources: ["cloudflare/cloudflare-docs#6870"],
    layers: ["D"],
  },
  {
    id: "F76",
    title: "two versions side by side",
    wentWrong: "During a deploy, a worker of the old version ran what the new version had written.",
    sources: ["Temporal: its tests of mixed versions"],
    layers: ["K"],
  },
  {
    id: "F167",
    title: "a job that nobody can run, without a warning",
    wentWrong:
      "No worker had a handler for a job's name; the job was dropped, or waited for ever, and nothing reported it.",
    sources: ["JSONbored/loopover#6014", "jbielick/faktory_worker_node#35"],
    layers: ["C", "U"],
  },
];
