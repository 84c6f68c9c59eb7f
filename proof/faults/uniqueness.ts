import type { Fault } from "./fault.ts";

export const uniquenessFaults: readonly Fault[] = [
  {
    id: "F40",
    title: "concurrent enqueues of one key",
    wentWrong: "Concurrent enqueues each found no job with their key, and each created one.",
    sources: ["oban-bg/oban#1087", "timgit/pg-boss#367", "timgit/pg-boss#368", "jhuckaby/Cronicle#376"],
    layers: ["S", "C", "K"],
  },
  {
    id: "F41",
    title: "a transaction that is rolled back",
    wentWrong:
      "A transaction was rolled back, and its job ran, or another's was refused as its duplicate and none was left.",
    sources: ["oban-bg/oban#1087", "oban-bg/oban#1093"],
    layers: ["K"],
  },
  {
    id: "F42",
    title: "a key that is never released",
    wentWrong: "A lock beside the job outlived a crash of its holder, and blocked the key for ever.",
    sources: [
      "mhenrixon/sidekiq-unique-jobs#293",
      "mhenrixon/sidekiq-unique-jobs#353",
      "mhenrixon/sidekiq-unique-jobs#379",
      "mhenrixon/sidekiq-unique-jobs#861",
      "WikiEducationFoundation/WikiEduDashboard#3048",
      "oban-bg/oban#424",
    ],
    layers: ["S", "K"],
  },
  {
    id: "F43",
    title: "uniqueness in some states only",
    wentWrong: "One job whose key was taken by a job in another state blocked the promotion of its whole batch.",
    sources: ["oban-bg/oban#1416", "timgit/pg-boss#535", "timgit/pg-boss#492", "timgit/pg-boss#522"],
    layers: ["S", "C"],
  },
  {
    id: "F45",
    title: "an enqueue that is dropped silently",
    wentWrong: "An enqueue that created no job gave no answer, so the caller did not know.",
    sources: ["timgit/pg-boss#81"],
    layers: ["C"],
  },
  {
    id: "F47",
    title: "repeated upserts of a schedule",
    wentWrong: "Every restart created its schedule again, and a crash loop created hundreds.",
    sources: ["taskforcesh/bullmq#2991", "cloudflare/agents#1153"],
    layers: ["S"],
  },
  {
    id: "F48",
    title: "the lost reply of an enqueue",
    wentWrong: "An enqueue whose reply was lost was repeated, and the job ran twice.",
    sources: ["Temporal: its fault of a call that is executed and times out", "cloudflare/cloudflare-docs#31814"],
    layers: ["S", "C"],
  },
];
