/**
 * Everything ambient that the core uses: time, timers, randomness. The only file that touches them,
 * so that a test can move the clock and a simulator can own every interleaving.
 */
export type Platform = {
  /** Milliseconds since the Unix epoch, for instants that are told. It may jump: whoever sets the clock moves it. */
  now(): number;
  /**
   * Milliseconds since some moment, for intervals: it never jumps and never goes back. Where the runtime's own such clock
   * rests while the machine sleeps, as on Linux and macOS, so does every interval.
   */
  monotonic(): number;
  /** Resolves in a later turn of the runtime's loop: timers, signals and requests that are due come before. */
  turn(): Promise<void>;
  /** Calls back once, after `ms` or, where a timer cannot be so long, sooner. Returns how to call it off. */
  timer(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** Unique, and roughly ordered by the time of its making. */
  id(): string;
};

/** What a job is stamped with when it is made: all that a producer needs, so that its bundle carries no more. */
export type Stamps = Pick<Platform, "now" | "id">;
export const systemStamps: Stamps = { now, id: timeOrderedId };

export const systemPlatform: Platform = {
  now,
  monotonic: () => performance.now(),
  turn: () => new Promise((resolve) => later(resolve)),
  id: timeOrderedId,
  timer(ms, callback) {
    // A longer timer would fire at once.
    const handle = setTimeout(callback, Math.min(Math.ceil(ms), 2 ** 31 - 1));
    return () => clearTimeout(handle);
  },
  random: () => Math.random(),
};

function now(): number {
  return Date.now();
}

/** The runtime's own, of which a test that fakes timers later knows nothing: it would wait for a turn that never comes. */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => unknown };

/**
 * Node, Deno, Bun and Workers have `setImmediate`; a message to ourselves does the same in a browser, where timers that
 * follow each other are made to wait.
 */
function later(callback: () => void): void {
  if (setImmediate) return void setImmediate(callback);
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {
    port1.close();
    callback();
  });
  port1.start();
  port2.postMessage(undefined);
}

const pool = new Int32Array(1_024);
let taken = pool.length;

/**
 * 9 digits of time (45 bits of ms) and 12 of randomness (60 bits), in a base 32 that sorts; like a ULID. Made in one
 * piece: a text of joined pieces costs twice as much by the time a Map has hashed it.
 */
function timeOrderedId(): string {
  if (taken === pool.length) {
    // Filled when first used: a Worker may not make random values while its module loads.
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const low = Date.now();
  const high = low / 2 ** 25;
  const a = pool[taken++] ?? 0;
  const b = pool[taken++] ?? 0;
  return String.fromCharCode(
    digit(high >> 15),
    digit(high >> 10),
    digit(high >> 5),
    digit(high),
    digit(low >> 20),
    digit(low >> 15),
    digit(low >> 10),
    digit(low >> 5),
    digit(low),
    digit(a),
    digit(a >> 5),
    digit(a >> 10),
    digit(a >> 15),
    digit(a >> 20),
    digit(a >> 25),
    digit(b),
    digit(b >> 5),
    digit(b >> 10),
    digit(b >> 15),
    digit(b >> 20),
    digit(b >> 25),
  );
}

/** The character of the lowest five bits: 0 to 9, a to v. Chance has no pattern, so that a branch would cost as much again. */
function digit(bits: number): number {
  const value = bits & 31;
  return 48 + value + (((9 - value) >> 31) & 39);
}

/** An instant as people and JSON write it; `Date` stays in this file. */
export function dateAt(ms: number): Date {
  return new Date(ms);
}

/** The instant of a date and time in UTC; months from 0, as `Date` has them. */
export function utcAt(year: number, month: number, ...rest: readonly number[]): number {
  return Date.UTC(year, month, ...rest);
}

/** The instant of a Date, of another realm too; what only reads like one is left as it is. */
export function instantOf(when: number | Date): number {
  return Object.prototype.toString.call(when) === "[object Date]" ? +when : (when as number);
}
