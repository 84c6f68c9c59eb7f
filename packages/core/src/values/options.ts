import { type Duration, delayToMs, toMs } from "./duration.ts";
import { type ErrorCode, LongshoreError, refuse } from "./errors.ts";
import { checkInteger, checkName, checkText } from "./limits.ts";

/** Throws if an option cannot have this value; `what` names the option in the message. */
export type Check = (value: unknown, what: string, code?: ErrorCode) => void;

/** A check for each option; a missing one is a compile error. */
export type Checks<Options> = { readonly [Option in keyof Options]-?: Check };

/**
 * Refuses options that are not an object, unknown names (suggesting what is near) and wrong values. An
 * undefined option counts as omitted. Fails with `invalid_option` or the given code; a check may have its own code,
 * such as `invalid_duration`. `elsewhere`: what to write in place of names that other libraries have.
 *
 * ```ts
 * const CHECKS: Checks<MemoryOptions> = { clock: aFunction, lease: aLease, maxKept: integer(0), deadKeep: duration() };
 * checkOptions("memory", options, CHECKS);
 * ```
 */
export function checkOptions(
  owner: string,
  options: object,
  checks: Readonly<Record<string, Check>>,
  code?: ErrorCode,
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  anObject(options, `options of ${owner}`, code);
  for (const name in options) {
    // Inherited properties are not options, and not checks.
    if (!Object.hasOwn(options, name)) continue;
    const value: unknown = options[name as keyof object];
    if (!Object.hasOwn(checks, name)) {
      const advice = Object.hasOwn(elsewhere, name) ? `write ${elsewhere[name]}.` : suggest(name, Object.keys(checks));
      const message = `The option ${name.slice(0, 40)} of ${owner} is unknown; ${advice}`;
      throw new LongshoreError(code ?? "invalid_option", message);
    }
    if (value !== undefined) checks[name]?.(value, `${name} of ${owner}`, code);
  }
}

/** The least share of common characters of a name that may be what was meant. */
const NEAR = 0.6;

/** What to write in place of an unknown name: the known one that is near it, or several nearly as near; else any of all. */
export function suggest(asked: string, known: readonly string[]): string {
  const [first = "", ...rest] = nearestFirst(asked, known);
  const best = similarity(asked, first);
  if (best < NEAR) return `valid: ${known.join(", ")}.`;
  const near = rest.filter((name) => similarity(asked, name) >= Math.max(NEAR, best - 0.1));
  return `did you mean ${[first, ...near].slice(0, 3).join(" or ")}?`;
}

/** The known names, those most like `asked` first. */
export function nearestFirst(asked: string, known: readonly string[]): string[] {
  return [...known].sort((a, b) => similarity(asked, b) - similarity(asked, a));
}

/** The share (0 to 1) of characters that two names have in common. */
function similarity(asked: string, known: string): number {
  let rest = asked;
  const common = [...known].filter((character) => rest !== (rest = rest.replace(character, "")));
  return (2 * common.length) / (asked.length + known.length);
}

/** Makes a check. `expected` follows "must be" in the message. */
export function mustBe(expected: string, fits: (value: unknown) => boolean, own: ErrorCode = "invalid_option"): Check {
  return (value, what, code = own) => {
    if (!fits(value)) refuse(code, what, expected, value);
  };
}

export const anything: Check = () => {};
export const aFunction: Check = /* @__PURE__ */ mustBe("a function", (value) => typeof value === "function");
export const aBoolean: Check = /* @__PURE__ */ mustBe("true or false", (value) => typeof value === "boolean");
const aList: Check = /* @__PURE__ */ mustBe("a list", Array.isArray);
export const anObject: Check = /* @__PURE__ */ mustBe(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
/** At least 100 ms: leases are renewed after a third, and a shorter one would expire during the call. */
export const aLease: Check = (value, what) => duration(100)(value, what);
export const aLogger: Check = /* @__PURE__ */ withMethods("debug", "info", "warn", "error");
export const aState: Check = /* @__PURE__ */ oneOf(
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "blocked",
  "completed",
  "dead",
  "cancelled",
);
/** One state, or a list of states. */
export const aStateOrList: Check = (value, ...rest) => (Array.isArray(value) ? listOf(aState) : aState)(value, ...rest);
/** Checks an adapter that can only enqueue, too; a queue, which has no traits, is none. */
export const canEnqueue: Check = /* @__PURE__ */ mustBe("what a function such as memory() returns", (value) => {
  const { enqueue, traits } = Object(value) as { readonly enqueue?: unknown; readonly traits?: unknown };
  return typeof enqueue === "function" && typeof traits === "object";
});
/** Checks an adapter, such as `memory()` returns. */
export const anAdapter: Check = /* @__PURE__ */ withMethods("enqueue", "settle");

/** Checks a delay; a negative one counts as 0. Fails with `invalid_duration`. */
export const aDelay: Check = (value, what) => void delayToMs(value as Duration, what);

export function oneOf(...values: readonly string[]): Check {
  return mustBe(`one of ${values.join(", ")}`, (value) => values.includes(value as string));
}

/** Checks that an object has these methods, as a logger, a platform or a binding. */
export function withMethods(...methods: readonly string[]): Check {
  return mustBe(`an object with ${methods.join(", ")}`, (value) =>
    methods.every((method) => typeof Object(value)[method] === "function"),
  );
}

/** Checks an object whose keys are queue names. Also fails with `invalid_name`. */
export function byQueue(check: Check): Check {
  return (value, what, code) => {
    anObject(value, what, code);
    for (const [queue, setting] of Object.entries(value as object)) {
      checkName(queue, `queue name in ${what}`);
      check(setting, `${queue} in ${what}`, code);
    }
  };
}

export function listOf(check: Check): Check {
  return (value, what, code) => {
    aList(value, what, code);
    for (const one of value as readonly unknown[]) check(one, `member of ${what}`, code);
  };
}

/** Checks a text by a pattern; `expected` says in words what it may be. */
export function text(expected: string, pattern: RegExp, own: ErrorCode = "invalid_option"): Check {
  return (value, what, code = own) => checkText(value, [pattern, expected], what, code);
}
/** A text that is not empty. */
export const nonEmptyText: Check = /* @__PURE__ */ text("text that is not empty", /./s);

export function integer(least: number, most = 9_007_199_254_740_991): Check {
  return (value, what, code) => checkInteger(value as number, least, most, what, code);
}

/** Accepts any finite number in the range. */
export function number(least: number, most: number = Number.MAX_VALUE): Check {
  return mustBe(
    `a number from ${least} to ${most}`,
    (value) => typeof value === "number" && value >= least && value <= most,
  );
}

/** At least `least` ms. Fails with `invalid_duration`, or the given code. */
export function duration(least = 0): Check {
  return (value, what, code = "invalid_duration") => {
    if (toMs(value as Duration, what, code) < least) refuse(code, what, `at least ${least} ms`, value);
  };
}
