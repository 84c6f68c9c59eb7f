import { ackFirst, engineSabotages } from "../engine-sabotages.ts";
import type { Sabotage } from "../sabotage.ts";

const INSERTS = "stores/sqlite-engine/dist/insert-plain.js";

export const sqliteSabotages: Readonly<Record<string, Sabotage>> = {
  ...engineSabotages,
  // One of several processes is killed, and the others end what they have begun.
  "ack-first": ackFirst(1_000, INSERTS, "return enqueue;", "enqueue(jobs)", (enqueue) => `return ${enqueue};`),
  "no-dedupe": {
    what: "an enqueue overwrites an existing row",
    patches: [{ file: INSERTS, find: "INSERT OR IGNORE", put: "INSERT OR REPLACE" }],
  },
  "blind-memory": {
    what: "what another process has written is not looked at",
    patches: [
      { file: "stores/sqlite-engine/dist/atomic.js", find: "if (!stale && version === seen)", put: "if (!stale)" },
    ],
  },
};
