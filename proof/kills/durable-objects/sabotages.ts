import { engineSabotages } from "../engine-sabotages.ts";
import type { Sabotage } from "../sabotage.ts";

export const durableObjectSabotages: Readonly<Record<string, Sabotage>> = {
  ...engineSabotages,
  "no-alarm": {
    what: "the object never sets its alarm",
    patches: [
      {
        file: "stores/durable-objects/dist/object/alarm.js",
        find: "ctx.waitUntil(storage.setAlarm(target));",
        put: "",
      },
    ],
  },
  "deaf-alarm": {
    what: "the alarm fires and dispatches nothing",
    patches: [
      {
        file: "stores/durable-objects/dist/object/dispatch.js",
        find: `alarm.fired();
            checkSoon();`,
        put: "alarm.fired();",
      },
    ],
  },
};
