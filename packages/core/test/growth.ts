const TIMES = 16;
const ROUNDS = 5;
/** Shorter times are noise. */
const LEAST_MS = 1;

/**
 * How many times as long the work takes on input 16 times as large, by medians of turns that alternate. Linear work
 * answers 16, quadratic work 256: whatever is under 64 is linear, also on a machine that has something else to do.
 */
export function growth(size: number, work: (size: number) => unknown): number {
  const timed = (n: number): number => {
    const start = performance.now();
    work(n);
    return performance.now() - start;
  };
  timed(size);
  const rounds = Array.from({ length: ROUNDS }, () => [timed(size), timed(TIMES * size)] as const);
  const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  return median(rounds.map(([, large]) => large)) / Math.max(median(rounds.map(([small]) => small)), LEAST_MS);
}

export const LINEAR = 64;
