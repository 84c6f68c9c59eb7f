type Level = "debug" | "info" | "warn" | "error";

export type LogFields = Readonly<Record<string, unknown>>;

/** What is logged, as one object: a field of each line that a log service can be asked for. */
export type LogEntry = LogFields & {
  readonly message: string;
  /** What was thrown, as texts: an `Error` in a field is `{}` once it is JSON. */
  readonly error?: string;
  readonly stack?: string | undefined;
};

/** Where the library and its handlers log. `console` is one, in a Worker as well, and so is pino. */
export type Logger = Readonly<Record<Level, (entry: LogEntry) => void>>;

/** What a handler logs with: a message, and fields beside those of its job. Never throws. */
export type JobLogger = Readonly<Record<Level, (message: string, fields?: LogFields) => void>>;

/** Logs, with what was thrown (`error` of the fields) as texts. A logger that throws must not harm a job. */
export function logTo<L extends Level>(log: Pick<Logger, L>, level: L, message: string, fields: LogFields): void {
  try {
    const { error } = fields as { readonly error?: Partial<Error> | null }; // or whatever was thrown
    // What is text already is a failure's message, whose stack stands beside it.
    const told = error !== undefined && typeof error !== "string" && { error: String(error), stack: error?.stack };
    log[level]({ message, ...fields, ...told });
  } catch {
    // There is nowhere left to say so.
  }
}

const MOST_SAID = 1_000;
const said = new WeakMap<object, Set<string>>();

/** Warns of what would be said with every job: once for each logger and `what`, which is of a thousand things at most. */
export function warnOnce(log: Logger, what: string, message: string, fields: LogFields): void {
  const known = said.get(log) ?? new Set();
  said.set(log, known);
  if (known.has(what) || known.size >= MOST_SAID) return;
  known.add(what);
  logTo(log, "warn", message, fields);
}

/** Adds the same fields to every entry, and never throws. */
export function withFields(log: Logger, fields: LogFields): JobLogger {
  const at =
    (level: Level) =>
    (message: string, more?: LogFields): void =>
      logTo(log, level, message, { ...more, ...fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
