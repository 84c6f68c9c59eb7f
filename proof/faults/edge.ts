import type { Fault } from "./fault.ts";

export const edgeFaults: readonly Fault[] = [
  {
    id: "F100",
    title: "an alarm whose retries are used up",
    wentWrong: "An alarm that threw seven times was deleted, and its queue stopped for good.",
    sources: ["workerd: at most six retries of an alarm, measured"],
    layers: ["D"],
  },
  {
    id: "F101",
    title: "an alarm that is set and then throws",
    wentWrong: "Each newly set alarm restarted the platform's count of retries, so they never ended.",
    sources: ["cloudflare/cloudflare-docs#15685"],
    layers: ["D"],
  },
  {
    id: "F102",
    title: "writes that survive an exception",
    wentWrong: "What a step had written before it threw was kept, so the next try started in an inconsistent state.",
    sources: ["workerd, measured"],
    layers: ["D"],
  },
  {
    id: "F103",
    title: "an abort inside an alarm",
    wentWrong: "An object that was aborted in its alarm lost its writes, and after some retries its alarm.",
    sources: ["workerd, measured"],
    layers: ["D"],
  },
  {
    id: "F104",
    title: "an alarm that never fires",
    wentWrong: "An alarm that was set in the past did not fire, or was deleted together with an older one.",
    sources: [
      "cloudflare/cloudflare-docs#18324",
      "cloudflare/workerd#3138",
      "cloudflare/workerd#3141",
      "cloudflare/workerd#6396",
    ],
    layers: ["D"],
  },
  {
    id: "F107",
    title: "an eviction at any point",
    wentWrong: "What an object kept only in memory was lost in an eviction.",
    sources: ["what the platform's tests call an eviction"],
    layers: ["D"],
  },
  {
    id: "F108",
    title: "deleteAll and the alarm",
    wentWrong: "An alarm outlived the data of its object, and fired for nothing.",
    sources: ["workerd: its tests of deleteAll"],
    layers: ["D"],
  },
  {
    id: "F110",
    title: "a crash between the commit and the alarm",
    wentWrong: "A job was stored, and the process died before it had set an alarm that would start it.",
    sources: ["cloudflare/workers-sdk#7781", "cloudflare/workerd#7191"],
    layers: ["D"],
  },
  {
    id: "F111",
    title: "the fifteen minutes of an alarm",
    wentWrong: "An alarm that awaited its jobs was terminated together with them.",
    sources: ["cloudflare/workerd#1622"],
    layers: ["D"],
  },
  {
    id: "F112",
    title: "what a broker may do",
    wentWrong:
      "Messages were duplicated, late or out of order, or were refused for their size after the job had been accepted.",
    sources: ["Cloudflare Queues: its documentation and limits"],
    layers: ["C"],
  },
  {
    id: "F114",
    title: "no dead-letter queue",
    wentWrong: "Messages whose retries were used up were deleted without any report.",
    sources: ["Cloudflare Queues: its documentation"],
    layers: ["C"],
  },
];
