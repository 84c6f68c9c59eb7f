import { seeded } from "@longshore/conformance";

/**
 * A separate stream of random numbers for each purpose. One decision more or less then leaves all other decisions as
 * they are, which lets a failing history shrink to a readable size.
 */
export function randomFor(seed: number, purpose: string): () => number {
  let hash = seed >>> 0;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
  return seeded(hash);
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  // The lists are not empty, and the index is below their length.
  return from[Math.floor(random() * from.length)] as T;
}

/** A whole number from `least` to `most`. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
