import { type ErrorCode, LongshoreError } from "./errors.ts";

/**
 * The part of the Standard Schema interface (version 1, https://standardschema.dev) that the core uses,
 * stated here because its specification asks for copying rather than for a dependency.
 */
export type Schema<Input = unknown, Output = Input> = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
};

/** What a schema answers at once, or in time. */
export type Validated<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

export type AnySchema = Schema;

export type InputOf<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["input"];
export type OutputOf<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["output"];

/** What a schema made of a value. Fails with the code given, and with the first issues in one line. */
export function accepted<Output>(checked: Validated<Output>, code: ErrorCode, what: string): Output {
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.slice(0, 5).map(({ path = [], message }) => {
    const where = path.map((part) => String(typeof part === "object" ? part.key : part));
    return [...where, message].join(": ");
  });
  throw new LongshoreError(code, `The ${what} does not fit: ${issues.join("; ")}.`);
}
