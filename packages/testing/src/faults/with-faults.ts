import { type Duration, type Platform, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type Enqueue,
  anObject,
  checkOptions,
  duration,
  integer,
  number,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { randomFor } from "../random.ts";
import { type Faults as Drawn, type Injected, createFaults } from "./draw.ts";
import { CALL_FAULTS, type CallFault } from "./kinds.ts";
import { Unreachable, send } from "./line.ts";

/** The probability of each kind of fault, 0 to 1 a call; 0 for those that are left out. */
export type FaultRates = { readonly [K in CallFault]?: number | undefined };

export type FaultOptions = {
  /** Draws the faults: the same seed and the same calls give the same ones. */
  readonly seed: number;
  /**
   * Default: 10 % each of `refused`, `lostReply` and `doubled`. Of the others, the caller waits: `hung` and `unsent` are
   * never answered, `slow` late. A worker gives such a call up after a lease; an `enqueue` of yours would wait for ever.
   */
  readonly rates?: FaultRates | undefined;
  /** Exactly these faults, by place, instead of those that the rates give: what `faults.injected` had in a run before. */
  readonly only?: Injected<CallFault> | undefined;
  /** The longest time that a `slow` message takes, and that the second call of `doubled` comes late. Default: `"1s"`. */
  readonly slow?: Duration | undefined;
  /** Makes the timers. A test's own (`queue.platform`) let the test move through slow calls. Default: the runtime's. */
  readonly platform?: Pick<Platform, "timer"> | undefined;
};

/** What has gone wrong so far. */
export type Faults = {
  /** By place, such as `settle#17`, the 17th call of `settle`. Pass them as `only` to repeat them. */
  readonly injected: Injected<CallFault>;
  /** From now on every call goes through. */
  end(): void;
};

const DEFAULT_RATES: FaultRates = { refused: 0.1, lostReply: 0.1, doubled: 0.1 };

const isShare = number(0, 1);
const CHECKS: Checks<FaultOptions> = {
  seed: integer(0),
  rates(value, what) {
    const checks = Object.fromEntries(CALL_FAULTS.map((kind) => [kind, isShare])) as Checks<FaultRates>; // all of them
    anObject(value, what);
    checkOptions(what, value as FaultRates, checks);
  },
  only: anObject,
  slow: duration(),
  platform: withMethods("timer"),
};

/**
 * The same adapter behind an unreliable line: calls that fail before or after they happened, that happen twice, late, or
 * are never answered. What a worker or your code makes of that is what production would see; `testQueue({ faults })` puts
 * its worker behind such a line. Draws from a seed, so a failure can be repeated. Fails with `invalid_option` or
 * `invalid_duration`.
 *
 * ```ts
 * const adapter = withFaults(memory(), { seed: 7, rates: { lostReply: 0.5 } });
 * ```
 */
export function withFaults<A extends Enqueue>(adapter: A, options: FaultOptions): A & { readonly faults: Faults } {
  withMethods("enqueue")(adapter, "adapter of withFaults");
  checkOptions("withFaults", options, CHECKS);
  CHECKS.seed(options.seed, "seed of withFaults");
  const { seed, rates = DEFAULT_RATES, only, slow = "1s", platform = systemPlatform } = options;
  const all = Object.fromEntries(CALL_FAULTS.map((kind) => [kind, rates[kind] ?? 0])) as Record<CallFault, number>; // all of them
  const faults: Drawn<CallFault> = createFaults(seed, all, only);
  const calls = new Map<string, number>();
  const timing = {
    // Without a fault nothing waits for a timer, which only a test may move.
    at: (ms: number, callback: () => void): void =>
      void (ms > 0 ? platform.timer(ms, callback) : queueMicrotask(callback)),
    usualMs: 0,
    slowMs: toMs(slow, "slow"),
  };

  const call = (verb: string, run: () => Promise<unknown>): Promise<unknown> => {
    const count = (calls.get(verb) ?? 0) + 1;
    calls.set(verb, count);
    const place = `${verb}#${count}`;
    const fault = faults.inject(place, CALL_FAULTS);
    if (fault === undefined) return run();
    return new Promise((resolve, reject) => {
      const line = {
        ...timing,
        random: randomFor(seed, `latency ${place}`),
        arrive: async () => [await run()] as const,
        arriveAgain: () => void run().catch(() => {}),
        answer: ([answer]: readonly [unknown]) => resolve(answer),
        fail: (error: unknown = new Unreachable(`${verb}: ${fault}, by withFaults`)) => reject(error),
      };
      send(line, fault);
    });
  };

  return new Proxy(adapter, {
    has: (target, key) => key === "faults" || Reflect.has(target, key),
    get(target, key): unknown {
      if (key === "faults") return { injected: faults.injected, end: () => faults.end() };
      const value: unknown = Reflect.get(target, key);
      // `within` makes an adapter, and `onWake` is a subscription.
      if (typeof value !== "function" || typeof key !== "string" || key === "onWake" || key === "within") return value;
      return (...input: readonly unknown[]) => call(key, () => value.apply(target, input) as Promise<unknown>);
    },
  }) as A & { readonly faults: Faults };
}
