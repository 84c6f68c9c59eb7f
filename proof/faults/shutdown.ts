import type { Fault } from "./fault.ts";

export const shutdownFaults: readonly Fault[] = [
  {
    id: "F70",
    title: "a stop that drops what it should write",
    wentWrong: "A worker closed its connection before the outcome of its last jobs was written.",
    sources: ["taskforcesh/bullmq#834", "taskforcesh/bullmq#2199"],
    layers: ["S", "K"],
  },
  {
    id: "F71",
    title: "fetched and not started",
    wentWrong: "Jobs that a stopping worker had fetched were lost to it, or had spent an attempt.",
    sources: ["taskforcesh/bullmq#3059", "taskforcesh/bullmq#3350", "taskforcesh/bullmq#4178"],
    layers: ["S", "K"],
  },
  {
    id: "F73",
    title: "to stop twice, or while starting",
    wentWrong: "A second signal during a shutdown hung the process or crashed it.",
    sources: ["riverqueue/river#376"],
    layers: ["S"],
  },
  {
    id: "F74",
    title: "a grace period that is exceeded",
    wentWrong: "Jobs that outlived the shutdown's patience were killed with their process, and stayed locked.",
    sources: ["sidekiq/sidekiq#897", "sidekiq/sidekiq#1406"],
    layers: ["K"],
  },
  {
    id: "F75",
    title: "a deploy in the middle of a job",
    wentWrong: "A Durable Object was reset because its code had changed, and its running jobs with it.",
    sources: ["cloudflare/cloudflare-docs#6870"],
    layers: ["D"],
  },
  {
    id: "F76",
    title: "two versions side by side",
    wentWrong: "During a deploy a worker of the old version ran what the new one had written.",
    sources: ["Temporal: its tests of mixed versions"],
    layers: ["K"],
  },
  {
    id: "F167",
    title: "a job that nobody can run, without a word",
    wentWrong: "No worker had a handler for a job's name, and it was dropped, or waited on, and nobody was told.",
    sources: ["JSONbored/loopover#6014", "jbielick/faktory_worker_node#35"],
    layers: ["C", "U"],
  },
];
