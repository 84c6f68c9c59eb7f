import type { Row } from "./row.ts";

/** The limit of a queue: the number of the job that was claimed last, of those that are leased and have one. */
export type Places = {
  /** False until the first job with a number is claimed. */
  areUsed(): boolean;
  start(row: Row): void;
  limit(): number;
};

type Started = { readonly row: Row; readonly token: number };

export function createPlaces(): Places {
  /** In the order of their claims; some have ended since. */
  let started: Started[] = [];
  let most = 16;
  const runs = ({ row, token }: Started): boolean => row.token === token && row.leased;

  return {
    areUsed: () => started.length > 0,
    start(row) {
      started.push({ row, token: row.token });
      if (started.length < most) return;
      started = started.filter(runs);
      most = 16 + 2 * started.length;
    },
    limit() {
      for (let last = started.at(-1); last !== undefined; last = started.at(-1)) {
        if (runs(last)) return last.row.job.limits?.queue ?? Infinity;
        started.pop();
      }
      return Infinity;
    },
  };
}
