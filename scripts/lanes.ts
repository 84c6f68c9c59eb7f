/**
 * Starts tasks in their order, at most `most` of them at a time. Returns a promise for each, in the same order. A task
 * that fails stops no other.
 */
export function inLanes<T>(most: number, tasks: readonly (() => Promise<T>)[]): Promise<T>[] {
  const waiting: (() => void)[] = [];
  let free = most;
  const lane = async (task: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      // The lane goes to the next task, or is free.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
  return tasks.map(lane);
}
