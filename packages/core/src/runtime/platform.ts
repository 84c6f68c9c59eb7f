/**
 * Time, timers and randomness for the core. Only this file uses the runtime's own, so that a test can move the clock
 * and a simulator can choose every interleaving.
 */
export type Platform = {
  /** Milliseconds since the Unix epoch, for instants such as those of events. It jumps when the clock is set. */
  now(): number;
  /**
   * Milliseconds since some moment, for intervals. It never jumps or goes back. On Linux and macOS it stops while the
   * machine sleeps, and so do all intervals.
   */
  monotonic(): number;
  /** Resolves in a later turn of the event loop, after timers, signals and requests that are due. */
  turn(): Promise<void>;
  /** Calls back once after `ms`, or sooner if a timer cannot be that long. Returns a function that cancels it. */
  timer(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** A unique id; later ids sort roughly after earlier ones. */
  id(): string;
};

/** The part of the platform that producers need; their bundles carry no more. */
export type ClockAndIds = Pick<Platform, "now" | "id">;
export const systemClockAndIds: ClockAndIds = { now, id: timeOrderedId };

export const systemPlatform: Platform = {
  now,
  monotonic: () => performance.now(),
  turn: () => new Promise((resolve) => later(resolve)),
  id: timeOrderedId,
  timer(ms, callback) {
    // A longer timer would fire at once, and Node warns of one for a time that is past.
    const handle = setTimeout(callback, Math.min(Math.max(Math.ceil(ms), 0), 2 ** 31 - 1));
    return () => clearTimeout(handle);
  },
  random: () => Math.random(),
};

/** Calls back once after `ms`, unless the process has ended: it does not wait for this. Returns a function that cancels it. */
export function idleTimer(ms: number, callback: () => void): () => void {
  const handle = setTimeout(callback, ms);
  // `unref` exists on Node, Deno and Bun.
  (handle as { unref?(): unknown }).unref?.();
  return () => clearTimeout(handle);
}

function now(): number {
  return Date.now();
}

/** Taken at import, so that a test's fake timers cannot replace it: its turn would never come. */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => unknown };

/**
 * Node, Deno, Bun and Workers have `setImmediate`. In a browser, which slows down nested timers, a message to ourselves
 * does the same.
 */
function later(callback: () => void): void {
  // One that was replaced before has a `clock`.
  if (setImmediate && !("clock" in setImmediate)) return void setImmediate(callback);
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
/** The ms of the last id, and 30 of its bits. */
let lastMs = 0;
let rising = 0;

/**
 * 9 digits of time (45 bits of ms) and 12 of randomness (60 bits), in a sortable base 32, like a ULID. Those of one ms rise
 * by random steps, as RFC 9562 has it for UUIDs ("Monotonic Random", 6.2): a store writes jobs of one call side by side, and who
 * knows an id still has some 2^47 to try for the next. Made in one piece: a text of joined pieces costs twice as much once
 * a Map has hashed it.
 */
function timeOrderedId(): string {
  if (taken === pool.length) {
    // Filled at first use: a Worker may not make random values while its module loads.
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const low = Date.now();
  const high = low / 2 ** 25;
  const random = pool[taken++] ?? 0;
  const a = (rising = low === lastMs ? (rising + 1 + (random & 0x1_ff_ff)) | 0 : random);
  lastMs = low;
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
    digit(a >> 25),
    digit(a >> 20),
    digit(a >> 15),
    digit(a >> 10),
    digit(a >> 5),
    digit(a),
    digit(b),
    digit(b >> 5),
    digit(b >> 10),
    digit(b >> 15),
    digit(b >> 20),
    digit(b >> 25),
  );
}

/** The character code of the lowest five bits: 0 to 9, a to v. No branch: for random bits it would double the cost. */
function digit(bits: number): number {
  const value = bits & 31;
  return 48 + value + (((9 - value) >> 31) & 39);
}

/** A Date for an instant; only this file uses `Date`. */
export function dateAt(ms: number): Date {
  return new Date(ms);
}

/** The instant of a date and time in UTC; months count from 0, as in `Date`. */
export function utcAt(year: number, month: number, ...rest: readonly number[]): number {
  return Date.UTC(year, month, ...rest);
}

/** The instant of a Date, even of another realm; any other value is returned unchanged. */
export function instantOf(when: number | Date): number {
  return Object.prototype.toString.call(when) === "[object Date]" ? +when : (when as number);
}
