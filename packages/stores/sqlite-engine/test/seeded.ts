/** Chance that can be repeated. */
export function seeded(seed: number): (below: number) => number {
  let state = seed || 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return (state >>> 0) % below;
  };
}
