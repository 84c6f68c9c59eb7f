import type { Stats } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { firstDueAt } from "./queue-state.ts";
import type { Table } from "./table.ts";

/** The methods that only a counting store has. */
export function counting(stats: Statistics, table: Table): Stats {
  return {
    async stats(window) {
      const now = table.begin();
      const queueStates = [...table.queueStates].sort(([a], [b]) => (a < b ? -1 : 1));
      const oldest = queueStates.flatMap(([queue, queueState]) => {
        const waitedMs = now - firstDueAt(queueState);
        return waitedMs >= 0 ? [{ queue, waitedMs }] : [];
      });
      return [{ ...stats.read(window, now), oldest }];
    },
  };
}
