/** Seeds of histories that once broke an invariant, and what was wrong: with the product, or with the simulator itself. */
export const FAILED: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 5, found: "a worker that never slept while a queue without a free slot had due jobs" },
  { seed: 10, found: "a worker that never slept while a queue without a free slot had due jobs" },
  {
    seed: 1_719_071_141,
    found: "a row called lost that was over before the store's clock was set back (our own mistake)",
  },
];
