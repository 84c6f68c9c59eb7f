import type { Fault } from "./fault.ts";

export const upkeepFaults: readonly Fault[] = [
  {
    id: "F140",
    title: "a listener that throws",
    wentWrong: "Each exception of an event listener left something behind, until memory was full.",
    sources: ["taskforcesh/bullmq#1129", "nestjs/bull#1150"],
    layers: ["K"],
  },
  {
    id: "F141",
    title: "events and metrics that grow",
    wentWrong: "What was kept about finished jobs grew without a bound.",
    sources: ["taskforcesh/bullmq#366", "taskforcesh/bullmq#1614", "riverqueue/river#240", "sidekiq/sidekiq#7006"],
    layers: ["K"],
  },
  {
    id: "F142",
    title: "maps without a bound",
    wentWrong: "A map whose keys come from callers grew with every new key.",
    sources: ["openclaw/openclaw#105316"],
    layers: ["X"],
  },
  {
    id: "F143",
    title: "starvation",
    wentWrong: "A burst of jobs in one queue, or of one kind, kept all others from starting.",
    sources: ["known of every scheduler"],
    layers: ["S"],
  },
  {
    id: "F145",
    title: "cancel, complete and retry at once",
    wentWrong: "An operator's action and a worker's result both took effect, and the job was in two states.",
    sources: ["sidekiq: races of the actions of its web page"],
    layers: ["S"],
  },
  {
    id: "F148",
    title: "slots that leak",
    wentWrong: "A slot that was not released reduced the worker's concurrency, until it ran nothing.",
    sources: ["solid_queue: its semaphores that expire"],
    layers: ["S"],
  },
  {
    id: "F149",
    title: "a busy loop",
    wentWrong: "An idle worker called its store without a pause.",
    sources: ["taskforcesh/bullmq#2466"],
    layers: ["S"],
  },
  {
    id: "F151",
    title: "events that are not true",
    wentWrong: "An event reported a completion that the store had refused, or had not accepted yet.",
    sources: ["awa: its test of a stale completion"],
    layers: ["S", "C"],
  },
];
