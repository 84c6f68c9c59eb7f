import type { Replay, Replayed } from "../src/api.ts";
import { act } from "./call.ts";

/** How far a replay, or the count before it, has come. */
export type SoFar = { readonly matched: number; readonly done: number; readonly refused: number };

const MOST = 500;

/**
 * Goes through the dead letters of a filter slice by slice, until the last one or until `stopped`. A pace waits after each
 * slice, so that no more are replayed per second.
 */
export async function inSlices(
  token: string,
  filter: Pick<Replay, "all" | "queue" | "name" | "error">,
  { dryRun, perSecond = Infinity }: { readonly dryRun: boolean; readonly perSecond?: number | undefined },
  { stopped, onSlice }: { stopped(): boolean; onSlice(soFar: SoFar): void },
): Promise<SoFar> {
  let soFar: SoFar = { matched: 0, done: 0, refused: 0 };
  let cursor: string | undefined;
  const limit = Math.max(1, Math.min(MOST, Math.floor(perSecond)));
  do {
    const from = performance.now();
    const slice: Replayed = await act<Replayed>("replay", token, { ...filter, dryRun, limit, cursor });
    soFar = {
      matched: soFar.matched + slice.matched,
      done: soFar.done + slice.done,
      refused: soFar.refused + slice.refused,
    };
    onSlice(soFar);
    ({ cursor } = slice);
    const pauseMs = (slice.done * 1_000) / perSecond - (performance.now() - from);
    if (cursor !== undefined && pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  } while (cursor !== undefined && !stopped());
  return soFar;
}
