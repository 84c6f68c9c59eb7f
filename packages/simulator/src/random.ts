export { randomFor } from "@longshore/testing/tools";

export function pick<T>(random: () => number, from: readonly T[]): T {
  // The lists are not empty, and the index is below their length.
  return from[Math.floor(random() * from.length)] as T;
}

/** A whole number from `least` to `most`. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
