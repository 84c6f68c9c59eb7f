import { createQueue } from "@longshore/core";
import { indexedDB } from "@longshore/indexeddb";

/** Keeps the jobs of all tabs. Leases are short: what a closed tab ran goes on soon. */
export const local = indexedDB("field", { lease: "15s" });
export const queue = createQueue(local);
