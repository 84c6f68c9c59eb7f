import { createWorker } from "@longshore/core";
import { fieldNote } from "@longshore/edge/field/jobs";
import { pagePlatform } from "@longshore/indexeddb/hosts";
import { type Manifest, http } from "@longshore/http";
import { type Outbox, outbox } from "@longshore/http/outbox";
import { local } from "./local.ts";
import { uploadHandler } from "./photos.ts";
import { fetchSigned } from "./session.ts";

/** What apps/edge is to a page: its token allows nothing but to enqueue. */
const manifest = {
  name: "edge",
  traits: {
    durable: true,
    unique: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: 900_000,
    maxPayloadBytes: 900_000,
    leaseMs: 30_000,
  },
  interfaces: [],
} as const satisfies Manifest;

/** Hands notes, and photos that were uploaded, over to the server. */
export function handOver(onRound?: () => void): Outbox {
  const server = http({ url: `${location.origin}/field/jobs`, manifest, fetch: fetchSigned, deadline: "15s" });
  return outbox(local, server, { queues: [fieldNote.queue], lease: "30s", platform: pagePlatform, onRound });
}

/** Uploads photos, which are then handed over. */
export const newUploader = () =>
  createWorker(local, {
    handlers: [uploadHandler],
    queues: { uploads: 3 },
    platform: pagePlatform,
    logFailures: false,
  });
