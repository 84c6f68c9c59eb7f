import type { ClaimedJob, Settlement } from "@longshore/core/adapter";

/** What is known of a job that this process claimed, of which nothing is kept. */
export type Place = Pick<ClaimedJob, "id" | "name" | "queue" | "attempt" | "waitedMs"> & { place: string };

/**
 * Where the rows are that this process claimed (`ctid`), by token. A row of which nothing is kept can be deleted there
 * without looking for it. A row moves when it is renewed; where it is not found, it is looked for by id.
 */
export type Places = {
  set(job: ClaimedJob, place: string): void;
  move(token: number, place: string): void;
  /** The place of a job that is completed without anything else, and forgets it: its settlement is the last word. */
  take(settlement: Settlement): Place | undefined;
};

/** More are forgotten: they are looked for by id. */
const MOST = 100_000;

export function createPlaces(): Places {
  const places = new Map<number, Place>();
  return {
    set({ id, name, queue, attempt, waitedMs, token }, place) {
      places.set(token, { id, name, queue, attempt, waitedMs, place });
      if (places.size <= MOST) return;
      for (const oldest of places.keys()) {
        places.delete(oldest);
        return;
      }
    },
    move(token, place) {
      const known = places.get(token);
      if (known !== undefined) known.place = place;
    },
    take({ id, token, outcome }) {
      const known = places.get(token);
      places.delete(token);
      return outcome.type === "complete" && known?.id === id ? known : undefined;
    },
  };
}
