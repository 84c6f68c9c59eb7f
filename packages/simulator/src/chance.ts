import { seeded } from "@longshore/conformance";

/**
 * A stream of chance of its own for each purpose, so that one decision more or less in one place leaves all others
 * as they are: what makes a failing history small enough to read.
 */
export function chance(seed: number, purpose: string): () => number {
  let hash = seed >>> 0;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
  return seeded(hash);
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  // The lists are not empty and the index is below their length.
  return from[Math.floor(random() * from.length)] as T;
}

/** A whole number from `least` to `most`. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
