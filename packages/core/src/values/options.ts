import { type Duration, delayToMs, toMs } from "./duration.ts";
import { type ErrorCode, LongshoreError, refuse } from "./errors.ts";
import { checkInteger, checkName, checkText } from "./limits.ts";

/** Refuses a value that an option cannot have; `what` names the option in the message. */
export type Check = (value: unknown, what: string, code?: ErrorCode) => void;

/** A check for each option: the compiler sees one that is missing. */
export type Checks<Options> = { readonly [Option in keyof Options]-?: Check };

/**
 * Refuses options that are no object, unknown names (with the nearest known one) and wrong values, before anything else
 * looks at them. What is undefined counts as left out. Fails with `invalid_option` or the code given; a check may have a
 * code of its own, such as `invalid_duration`.
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
): void {
  anObject(options, `options of ${owner}`, code);
  for (const name in options) {
    // What every object inherits is no option, and no check of one.
    if (!Object.hasOwn(options, name)) continue;
    const value: unknown = options[name as keyof object];
    if (!Object.hasOwn(checks, name)) {
      const known = nearestFirst(name, Object.keys(checks)).join(", ");
      const message = `The option ${name.slice(0, 40)} of ${owner} is unknown; did you mean ${known}?`;
      throw new LongshoreError(code ?? "invalid_option", message);
    }
    if (value !== undefined) checks[name]?.(value, `${name} of ${owner}`, code);
  }
}

/** What somebody may have meant who wrote another name. */
export function nearestFirst(asked: string, known: readonly string[]): string[] {
  return [...known].sort((a, b) => alike(asked, b) - alike(asked, a));
}

/** The share of characters that two names have in common. */
function alike(asked: string, known: string): number {
  let rest = asked;
  const common = [...known].filter((character) => rest !== (rest = rest.replace(character, "")));
  return (2 * common.length) / (asked.length + known.length);
}

/** A check: what is expected, in words that follow "must be", and whether a value is that. */
export function be(expected: string, fits: (value: unknown) => boolean, own: ErrorCode = "invalid_option"): Check {
  return (value, what, code = own) => {
    if (!fits(value)) refuse(code, what, expected, value);
  };
}

export const anything: Check = () => {};
export const aFunction: Check = /* @__PURE__ */ be("a function", (value) => typeof value === "function");
export const aBoolean: Check = /* @__PURE__ */ be("true or false", (value) => typeof value === "boolean");
const aList: Check = /* @__PURE__ */ be("a list", Array.isArray);
export const anObject: Check = /* @__PURE__ */ be(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
/** Renewed at a third of it: one that is shorter than this is lost on the way. */
export const aLease: Check = (value, what) => duration(100)(value, what);
export const aLogger: Check = /* @__PURE__ */ having("debug", "info", "warn", "error");
export const aState: Check = /* @__PURE__ */ text(
  /^(delayed|enqueued|active|stalled|failed|blocked|completed|dead|cancelled)$/,
);
/** What `memory()` and its like answer. */
export const anAdapter: Check = /* @__PURE__ */ having("enqueue", "settle");

/** How long to wait, which may have come from arithmetic: what is negative is 0. Fails with `invalid_duration`. */
export const aDelay: Check = (value, what) => void delayToMs(value as Duration, what);

export function oneOf(...values: readonly string[]): Check {
  return be(`one of ${values.join(", ")}`, (value) => values.includes(value as string));
}

/** Whatever has these methods: a logger, a platform, a binding. */
export function having(...methods: readonly string[]): Check {
  return be(`an object with ${methods.join(", ")}`, (value) =>
    methods.every((method) => typeof Object(value)[method] === "function"),
  );
}

/** An object of queues' names, and of what is told of each. Fails with `invalid_name`, too. */
export function byQueue(check: Check): Check {
  return (value, what, code) => {
    anObject(value, what, code);
    for (const [queue, told] of Object.entries(value as object)) {
      checkName(queue, `queue name in ${what}`);
      check(told, `${queue} in ${what}`, code);
    }
  };
}

export function listOf(check: Check): Check {
  return (value, what, code) => {
    aList(value, what, code);
    for (const one of value as readonly unknown[]) check(one, `member of ${what}`, code);
  };
}

export function text(pattern: RegExp, own: ErrorCode = "invalid_option"): Check {
  return (value, what, code = own) => checkText(value, pattern, what, code);
}

export function integer(least: number, most = 9_007_199_254_740_991): Check {
  return (value, what, code) => checkInteger(value as number, least, most, what, code);
}

/** Any number but NaN and Infinity. */
export function number(least: number, most: number = Number.MAX_VALUE): Check {
  return be(
    `a number from ${least} to ${most}`,
    (value) => typeof value === "number" && value >= least && value <= most,
  );
}

/** At least so many ms. Fails with `invalid_duration`, or with the code of what it is a part of. */
export function duration(least = 0): Check {
  return (value, what, code = "invalid_duration") => {
    if (toMs(value as Duration, what, code) < least) refuse(code, what, `at least ${least} ms`, value);
  };
}
