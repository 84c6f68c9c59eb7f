/**
 * The part of the Standard Schema interface (version 1, https://standardschema.dev) that the core uses. It is a copy,
 * as the specification asks.
 */
export type Schema<Input = unknown, Output = Input> = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
};

/** A schema's answer. */
export type Validated<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** What is wrong with a value, and where. */
export type Issue = {
  /** The validator's own message, which may quote the value. */
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

export type AnySchema = Schema;

export type InputOf<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["input"];
export type OutputOf<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["output"];
