import { threadCpuUsage } from "node:process";

const TIMES = 16;
const ROUNDS = 5;
/** Shorter times are noise. */
const LEAST_MS = 1;

/** What the work costs this thread, in ms: not the time that a busy machine gave to others meanwhile. */
export function costMs(work: () => unknown): number {
  const before = threadCpuUsage();
  work();
  const { user, system } = threadCpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * How many times as much the work costs on input 16 times as large, in the best of some turns. Linear work answers 16,
 * quadratic work 256 in each of them: whatever is under 64 is linear.
 */
export function growth(size: number, work: (size: number) => unknown): number {
  const cost = (n: number): number => costMs(() => work(n));
  cost(size);
  const turns = Array.from({ length: ROUNDS }, () => {
    const small = Math.max(cost(size), LEAST_MS);
    return cost(TIMES * size) / small;
  });
  return Math.min(...turns);
}

export const LINEAR = 64;
