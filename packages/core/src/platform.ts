/**
 * Everything ambient that the core uses: time, timers, randomness. The only file that touches them,
 * so that a test can move the clock and a simulator can own every interleaving.
 */
export type Platform = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls back once, after `ms` (at most 2^31 - 1). Returns how to call it off. */
  timer(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** Unique, and roughly ordered by the time of its making. */
  id(): string;
};

export const systemPlatform: Platform = {
  now: () => Date.now(),
  timer(ms, callback) {
    const handle = setTimeout(callback, ms);
    return () => clearTimeout(handle);
  },
  random: () => Math.random(),
  id: () => timeOrderedId(Date.now()),
};

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";
const POOL_BYTES = 4_096;
let pool = new Uint8Array(0);
let taken = 0;
let stamp = "";
let stampedAt = -1;

/** 9 characters of time (45 bits of ms) and 16 of randomness (80 bits), as sortable base 32; like a ULID. */
function timeOrderedId(now: number): string {
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = "";
    for (let rest = now, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) stamp = ALPHABET[rest % 32] + stamp;
  }
  if (taken + 16 > pool.length) {
    // Filled lazily: a Worker may not make random values while its module loads.
    pool = crypto.getRandomValues(new Uint8Array(POOL_BYTES));
    taken = 0;
  }
  let id = stamp;
  for (const end = taken + 16; taken < end; taken++) id += ALPHABET[(pool[taken] ?? 0) & 31];
  return id;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer that survives long and odd delays: more than 2^31 - 1 ms would fire at once. */
export function clampTimer(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMER_MS);
}

/** Rejects with `error` if the call has not answered after `ms`. A hung backend must not hang a worker. */
export function withDeadline<T>(platform: Platform, ms: number, call: Promise<T>, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = platform.timer(clampTimer(ms), () => reject(error()));
    call.then(resolve, reject).finally(stop);
  });
}

/** An instant as people and JSON write it; `Date` stays in this file. */
export function isoTime(ms: number): string {
  return dateAt(ms).toISOString();
}

export function dateAt(ms: number): Date {
  return new Date(ms);
}
