export type LogFields = Readonly<Record<string, unknown>>;

/** Where the library and its handlers log. `console` is one. */
export type Logger = Readonly<
  Record<"debug" | "info" | "warn" | "error", (message: string, fields?: LogFields) => void>
>;

/** Logs. A logger that throws must not harm a job. */
export function say(log: Logger, level: keyof Logger, message: string, fields: LogFields): void {
  try {
    log[level](message, fields);
  } catch {
    // There is nowhere left to say so.
  }
}

/** A logger that adds the same fields to every line, and never throws. */
export function withFields(log: Logger, fields: LogFields): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, more?: LogFields): void =>
      say(log, level, message, { ...more, ...fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
