import type { MakeSimulated } from "@longshore/simulator";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { evaluate } from "@longshore/signals";
import { alertEvaluators } from "./alerts/extension.ts";

/** The memory store with a lease short enough that a history sees many of them end, and alerts about what it counts. */
export const simulatedMemory: MakeSimulated = ({ clock }) => ({
  adapter: memory({ clock: clock.now, lease: "10s", stats: statistics() }),
  extension: alertEvaluators((store, rules) => evaluate(store, { rules })),
});
