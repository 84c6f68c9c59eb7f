import { LongshoreError } from "./errors.ts";

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

const ALPHABET = new TextEncoder().encode("0123456789abcdefghijklmnopqrstuv");
const pool = new Uint16Array(2_048);
let taken = pool.length;
const stamp: [number, number, number, number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
let stampedAt = -1;

/**
 * 9 characters of time (45 bits of ms) and 12 of randomness (60 bits), as sortable base 32; like a ULID. Made in one
 * piece: a text of joined pieces costs three times as much before a Map has hashed it.
 */
function timeOrderedId(now: number): string {
  if (now !== stampedAt) {
    stampedAt = now;
    for (let rest = now, i = 8; i >= 0; i--, rest = Math.floor(rest / 32)) stamp[i] = digit(rest % 32);
  }
  if (taken + 4 > pool.length) {
    // Filled when first used: a Worker may not make random values while its module loads.
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const a = pool[taken++] ?? 0;
  const b = pool[taken++] ?? 0;
  const c = pool[taken++] ?? 0;
  const d = pool[taken++] ?? 0;
  return String.fromCharCode(
    stamp[0],
    stamp[1],
    stamp[2],
    stamp[3],
    stamp[4],
    stamp[5],
    stamp[6],
    stamp[7],
    stamp[8],
    digit(a),
    digit(a >> 5),
    digit(a >> 10),
    digit(b),
    digit(b >> 5),
    digit(b >> 10),
    digit(c),
    digit(c >> 5),
    digit(c >> 10),
    digit(d),
    digit(d >> 5),
    digit(d >> 10),
  );
}

function digit(bits: number): number {
  return ALPHABET[bits & 31] ?? 0;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer that survives long and odd delays: more than 2^31 - 1 ms would fire at once. */
export function clampTimer(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMER_MS);
}

/** A call to a backend, which must not hang a worker. Fails with `backend_timeout` if there is no answer after `ms`. */
export function withDeadline<T>(platform: Platform, ms: number, what: string, call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const answer = call();
    const late = (): void => reject(new LongshoreError("backend_timeout", `A ${what} had no answer within ${ms} ms.`));
    const stop = platform.timer(clampTimer(ms), late);
    answer.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/** An instant as people and JSON write it; `Date` stays in this file. */
export function isoTime(ms: number): string {
  return dateAt(ms).toISOString();
}

export function dateAt(ms: number): Date {
  return new Date(ms);
}
