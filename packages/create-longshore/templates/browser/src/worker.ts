import { type Platform, createWorker } from "@longshore/core";
import { indexedDB } from "@longshore/indexeddb";
import { createHandlers } from "./handlers.ts";
import { schedules } from "./schedules.ts";

/** All tabs and the service worker share it. */
export const store = indexedDB("my-app");

/** Runs the jobs, in a tab or in the service worker. */
export function newWorker(platform?: Platform) {
  return createWorker(store, {
    handlers: createHandlers({
      // Put your server here:
      // await fetch("/notes", { method: "POST", headers: { "idempotency-key": id }, body: text, signal });
      async send({ text }) {
        console.log(`A note was sent: ${text}`);
      },
    }),
    schedules,
    platform,
  });
}
