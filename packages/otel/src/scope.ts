/** The name of our instrumentation scope. The version is this package's. */
export const NAME = "@longshore/otel";
export const VERSION = "0.1.0";
