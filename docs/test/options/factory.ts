import type { ErrorCode } from "@longshore/core";

/** What a caller without types may hand over for any option. */
export const ODD = {
  zero: 0,
  negative: -1,
  half: 1.5,
  NaN: Number.NaN,
  infinity: Infinity,
  text: "2",
  empty: "",
  null: null,
  true: true,
  object: {},
  list: [],
  function: () => undefined,
} as const;

export type Odd = keyof typeof ODD;

export type Option = {
  readonly good: readonly unknown[];
  /** What is right as well, of the odd values. All others are refused. */
  readonly takes?: readonly Odd[];
  /** Refused as well. */
  readonly bad?: readonly unknown[];
  /** What it is refused with. Default: `invalid_option`. */
  readonly code?: ErrorCode;
};

/** Every option there is: the compiler sees one that is forgotten. */
export type Table<Options> = { readonly [Name in keyof Options]-?: Option };

/** Something that takes options. */
export type Factory = {
  readonly what: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What it is refused with when it is given no object, or an unknown option. */
  readonly code: ErrorCode;
  make(options: never): unknown;
  /** The options that it needs. */
  readonly needs: object;
};

export function factory<Options extends object>(
  what: string,
  make: (options: Options) => unknown,
  options: Table<Options>,
  { needs = {}, code = "invalid_option" }: { readonly needs?: Partial<Options>; readonly code?: ErrorCode } = {},
): Factory {
  return { what, options, code, make, needs };
}

// What several have.

export const aFunction: Option = { good: [() => 5], takes: ["function"] };
export const aBoolean: Option = { good: [false], takes: ["true"] };
export const aLogger: Option = { good: [console], bad: [{ info: () => {} }] };
export const aDuration: Option = {
  good: ["1s", "1h30m", 250],
  takes: ["zero", "half"],
  bad: ["1 second", "1.5s", "-1s", 1e15],
  code: "invalid_duration",
};
export const aSpan: Option = { ...aDuration, takes: ["half"], bad: [...(aDuration.bad ?? []), "0s"] };
export const aLease: Option = { ...aSpan, takes: [], bad: ["99ms"] };
export const aCount: Option = { good: [1, 1_000], takes: ["zero"], bad: [2 ** 53] };
