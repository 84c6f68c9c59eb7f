type Later = (callback: () => void) => unknown;

// Where the runtime has no setImmediate (browsers) a timer of zero does the same, more slowly.
const { setImmediate: immediate } = globalThis as { setImmediate?: Later };
const later: Later = immediate ?? ((callback) => setTimeout(callback, 0));

/** One turn of the runtime's loop: every promise that can go on without the outside has gone on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}
