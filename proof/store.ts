import type { Make } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";

/** The memory store with a lease short enough that a history sees many of them end. */
export const simulatedMemory: Make = ({ clock }) => ({
  adapter: memory({ clock: clock.now, leaseMs: 10_000, stats: statistics() }),
});
