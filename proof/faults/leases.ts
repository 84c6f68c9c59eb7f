import type { Fault } from "./fault.ts";

export const leaseFaults: readonly Fault[] = [
  {
    id: "F01",
    title: "a lease lost while the event loop is blocked",
    wentWrong:
      "A worker that was blocked for longer than its lease completed a job that another worker had taken over.",
    sources: ["OptimalBits/bull#308", "taskforcesh/bullmq#3056", "OptimalBits/bull#1416"],
    layers: ["S", "K"],
  },
  {
    id: "F02",
    title: "a sweeper that acts on outdated reads",
    wentWrong: "A sweeper that had read a job as expired rescued it after it had been settled, retried or released.",
    sources: ["riverqueue/river#1302", "riverqueue/river#1373", "rails/solid_queue#589", "rails/solid_queue#761"],
    layers: ["S", "C"],
  },
  {
    id: "F03",
    title: "claim and lease in two steps",
    wentWrong: "Between its claim and the write of its lease a job looked abandoned, and was claimed again.",
    sources: ["OptimalBits/bull#257", "OptimalBits/bull#258"],
    layers: ["S", "C"],
  },
  {
    id: "F05",
    title: "a late heartbeat",
    wentWrong: "A heartbeat that arrived after the settlement revived the job, or was reported as an error.",
    sources: ["taskforcesh/bullmq#3579", "bbc/sqs-consumer#260", "bbc/sqs-consumer#848"],
    layers: ["S", "C"],
  },
  {
    id: "F06",
    title: "a job that this worker does not know",
    wentWrong: "A worker without the job's handler discarded the job instead of leaving it to a worker that has one.",
    sources: ["riverqueue/river#457", "riverqueue/river#1105"],
    layers: ["S", "C"],
  },
  {
    id: "F09",
    title: "a reused worker name",
    wentWrong: "A worker that restarted under its old name was taken for the one that had crashed.",
    sources: ["oban-bg/oban#862"],
    layers: ["S", "K"],
  },
  {
    id: "F10",
    title: "a crash that is noticed only after hours",
    wentWrong: "The jobs of a killed worker stayed locked for four hours, or for 15 minutes after every deploy.",
    sources: ["graphile/worker#204", "graphile/worker#222", "graphile/worker#449", "vercel/eve#1981"],
    layers: ["S", "K"],
  },
  {
    id: "F11",
    title: "a slow but successful renewal",
    wentWrong:
      "The worker counted a renewed lease from the late reply, and so trusted it for longer than the store granted it.",
    sources: ["river: the elector's test of a slow successful re-election"],
    layers: ["S"],
  },
  {
    id: "F13",
    title: "prefetched jobs whose leases run out",
    wentWrong: "Jobs that were claimed in a batch lost their leases while they waited to be started.",
    sources: ["agenda/agenda#256", "JasperFx/wolverine#4023"],
    layers: ["S", "K"],
  },
  {
    id: "F14",
    title: "a message is deleted that is somebody else's by now",
    wentWrong: "A receipt that had expired was used to delete a message, and the failure was taken for success.",
    sources: ["JasperFx/wolverine#4023", "bbc/sqs-consumer#83", "bbc/sqs-consumer#85"],
    layers: ["K"],
  },
  {
    id: "F15",
    title: "a delay longer than the broker can hold",
    wentWrong: "A message that waited for longer than the visibility timeout was delivered again and again.",
    sources: [
      "celery/kombu#337",
      "celery/celery#2599",
      "celery/celery#3270",
      "celery/celery#4766",
      "celery/celery#7009",
    ],
    layers: ["C", "K"],
  },
  {
    id: "F16",
    title: "a channel that the broker closes",
    wentWrong:
      "The broker closed the channel of a job that ran for too long; the consumer never heard of it, or never came back.",
    sources: ["cody-greene/node-rabbitmq-client#73", "ruby-amqp/bunny#681", "rabbitmq/rabbitmq-server#9046"],
    layers: ["K"],
  },
  {
    id: "F17",
    title: "two workers with one token",
    wentWrong: "A token was reused for a new job with an old id, so an old worker could settle the new job.",
    sources: ["what fencing is for"],
    layers: ["S"],
  },
  {
    id: "F18",
    title: "what a stale worker does outside",
    wentWrong: "A worker that had lost its lease wrote to a resource after its successor had.",
    sources: ["what fencing tokens are for: a resource that refuses the older ones"],
    layers: ["S"],
  },
];
