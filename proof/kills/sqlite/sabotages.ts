import { engineSabotages } from "../engine-sabotages.ts";
import type { Sabotage } from "../sabotage.ts";

export const sqliteSabotages: Readonly<Record<string, Sabotage>> = {
  ...engineSabotages,
  "blind-memory": {
    what: "what another process has written is not looked at",
    patches: [{ file: "sqlite-engine/dist/atomic.js", find: "if (!stale && version === seen)", put: "if (!stale)" }],
  },
};
