/** Seeds of histories that once broke an invariant, and what was wrong with us. */
export const FAILED: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 5, found: "a worker that never slept while a queue without a free slot had due jobs" },
  { seed: 10, found: "a worker that never slept while a queue without a free slot had due jobs" },
];
