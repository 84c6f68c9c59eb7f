import type { Limits } from "@longshore/core/adapter";
import type { Row } from "./row.ts";

/** The limits of a job; undefined for most, which is found out without parsing. */
export function limitsOf(about: string): Limits | undefined {
  return about.includes('"limits":') ? JSON.parse(about).limits : undefined;
}

/** Whether it stands before the others with its key until it has ended. */
export function isOrdered(about: string): boolean {
  return limitsOf(about)?.ordered === true;
}

/** Whether a row that waits has been let through by its key. */
export function hasTurn({ about, waiting }: Pick<Row, "about" | "waiting">): boolean {
  return waiting === 1 && about.includes('"lane":');
}

/** The key behind which a row would wait that may be claimed from its due time on. */
export function laneOf({ about, due }: Pick<Row, "about" | "due">, now: number): string | undefined {
  return due <= now ? limitsOf(about)?.key : undefined;
}

/** A row that waits behind a key, or, without one, for its claim. */
export function inLane<R extends Pick<Row, "about" | "waiting">>(row: R, lane: string | undefined): R {
  if (lane === undefined && !row.about.includes('"lane":')) return { ...row, waiting: 1 };
  const about = JSON.stringify({ ...JSON.parse(row.about), lane });
  return { ...row, about, waiting: lane === undefined ? 1 : 0 };
}
