export type LogFields = Readonly<Record<string, unknown>>;

/** Where the library and its handlers log. `console` is one. */
export type Logger = Readonly<
  Record<"debug" | "info" | "warn" | "error", (message: string, fields?: LogFields) => void>
>;

/** A logger that adds the same fields to every line. One that throws must not harm a job. */
export function withFields(log: Logger, fields: LogFields): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, more?: LogFields): void => {
      try {
        log[level](message, { ...more, ...fields });
      } catch {
        // There is nowhere left to say so.
      }
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
