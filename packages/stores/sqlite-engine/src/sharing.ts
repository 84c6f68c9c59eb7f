import type { Statistics } from "@longshore/core/stats";
import { NUMBERS_PER_MS, type Tables } from "./tables.ts";

/** Rows of `meta`: the newest number, and statistics that are not yet in their own row. */
const NUMBER = "newest";
const FRESH = "fresh";

/** Statistics that are longer than this go into their own row. */
const MOST_CHARACTERS = 8_000;

/** What other connections to a file must know and would not find in it otherwise. */
export type Sharing = {
  load(): void;
  /** Called at the end of every transaction that may write. */
  save(): void;
  /**
   * The `rev` of the row `newest` if this connection wrote it: while it stands, no other one has taken a number.
   * Undefined also if the next number is one that the time does not tell.
   */
  mark(): number | undefined;
};

function lastOfThisMs(): number {
  return Date.now() * NUMBERS_PER_MS + NUMBERS_PER_MS - 1;
}

export type OpenSharing = (
  tables: Pick<Tables, "setMeta" | "getMeta" | "newest" | "continueAfter">,
  stats: Statistics | undefined,
) => Sharing;

export const openSharing: OpenSharing = (tables, stats) => {
  /** The newest number that the others can tell: from its row or, as numbers follow the clock, from the time. */
  let told = 0;
  let mark: number | undefined;
  let counted = "";
  const countedNow = (): string => JSON.stringify(stats?.packFresh());
  return {
    load() {
      tables.continueAfter(Math.max(tables.getMeta<number>(NUMBER) ?? 0, lastOfThisMs()));
      told = tables.newest();
      mark = undefined;
      if (stats === undefined) return;
      stats.unpack(tables.getMeta("stats"), tables.getMeta(FRESH));
      counted = countedNow();
    },
    mark: () => (tables.newest() < lastOfThisMs() ? mark : undefined),
    save() {
      // The first number since another connection may have taken one, and whatever the time does not tell.
      if (tables.newest() > (mark === undefined ? told : Math.max(told, lastOfThisMs()))) {
        tables.setMeta(NUMBER, tables.newest());
        mark = tables.newest();
      }
      told = tables.newest();
      if (stats === undefined) return;
      const now = countedNow();
      if (now === counted) return;
      // Before there are so many that they are folded away in memory alone.
      if (now.length > MOST_CHARACTERS) tables.setMeta("stats", stats.packAll());
      tables.setMeta(FRESH, stats.packFresh());
      counted = countedNow();
    },
  };
};
