import type { Grant, Verb } from "../src/index.ts";

export const VERBS: readonly Verb[] = [
  ...([
    "enqueue",
    "settle",
    "claim",
    "renew",
    "dueInMs",
    "onWake",
    "get",
    "list",
    "counts",
    "depth",
    "cancel",
  ] as const),
  ...([
    "replay",
    "runNow",
    "remove",
    "update",
    "pause",
    "pauseFor",
    "resume",
    "prune",
    "declare",
    "advance",
    "listSchedules",
  ] as const),
  ...(["release", "stats", "announce", "workers"] as const),
];
/** Every verb, so that the suite sees no more than the wire. */
export const everything: readonly Grant[] = [{ verbs: VERBS, queues: "all", names: "all", payloads: true }];
