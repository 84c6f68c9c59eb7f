import { ackFirst, engineSabotages } from "../engine-sabotages.ts";
import type { Sabotage } from "../sabotage.ts";

export const sqliteSabotages: Readonly<Record<string, Sabotage>> = {
  ...engineSabotages,
  // One of several processes is killed, and the others end what they have begun.
  "ack-first": ackFirst(1_000),
  "blind-memory": {
    what: "what another process has written is not looked at",
    patches: [
      { file: "stores/sqlite-engine/dist/atomic.js", find: "if (!stale && version === seen)", put: "if (!stale)" },
    ],
  },
};
