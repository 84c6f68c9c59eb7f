import { spawnSync } from "node:child_process";

/** How long a process of Node takes to start and end on a quiet machine, in ms. */
const QUIET_MS = 60;
const MOST = 10;

/** How many times slower than a quiet machine this one is now, by how long processes take to start: from 1 to 10. */
export function slowdownFactor(): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    spawnSync(process.execPath, ["--eval", ""]);
    return performance.now() - startedAt;
  });
  const median = times.toSorted((a, b) => a - b)[2] ?? QUIET_MS;
  return Math.min(MOST, Math.max(1, median / QUIET_MS));
}
