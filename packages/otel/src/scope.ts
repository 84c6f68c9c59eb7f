/** The instrumentation scope under which everything here is recorded. The version is that of this package. */
export const NAME = "@longshore/otel";
export const VERSION = "0.1.0";
