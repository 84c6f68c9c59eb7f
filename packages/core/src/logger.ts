import { describeFailure } from "./failure.ts";

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

/** JSON lines on the console; errors with their message, never the payload. */
export const consoleLogger: Logger = {
  debug: (message, fields) => console.debug(line("debug", message, fields)),
  info: (message, fields) => console.info(line("info", message, fields)),
  warn: (message, fields) => console.warn(line("warn", message, fields)),
  error: (message, fields) => console.error(line("error", message, fields)),
};

function line(level: string, message: string, fields: LogFields = {}): string {
  const readable = Object.entries(fields).map(([key, value]) => [
    key,
    value instanceof Error ? describeFailure(value).message : value,
  ]);
  try {
    return JSON.stringify({ ...Object.fromEntries(readable), level, message });
  } catch {
    return JSON.stringify({ level, message });
  }
}
