type Level = "debug" | "info" | "warn" | "error";

export type LogFields = Readonly<Record<string, unknown>>;

/** A log entry as one object, whose fields a log service can search. */
export type LogEntry = LogFields & {
  readonly message: string;
  /** A thrown error as text: an `Error` in a field would be `{}` in JSON. */
  readonly error?: string;
  readonly stack?: string | undefined;
};

/** The log of the library and of handlers. `console` fits, also in a Worker, and so does pino. */
export type Logger = Readonly<Record<Level, (entry: LogEntry) => void>>;

/** A handler's log: a message, and fields beside those of its job. Never throws. */
export type JobLogger = Readonly<Record<Level, (message: string, fields?: LogFields) => void>>;

/** Logs an entry, with the thrown `error` of the fields and its causes as text. Never throws, even if the logger does. */
export function logTo<L extends Level>(log: Pick<Logger, L>, level: L, message: string, fields: LogFields): void {
  try {
    const { error } = fields as { readonly error?: Partial<Error> | null }; // or any thrown value
    // A text is a failure's message; the fields have its stack, too.
    const told = error !== undefined && typeof error !== "string" && { error: textOf(error), stack: error?.stack };
    log[level]({ message, ...fields, ...told });
  } catch {
    // No other log is left.
  }
}

const MOST_CAUSES = 5;

/** An error with its causes, which may be a circle. One that cannot be read does not hide the others. */
function textOf(thrown: unknown, most = MOST_CAUSES): string {
  try {
    const { cause } = Object(thrown) as Partial<Error>; // or any thrown value
    return cause && most ? `${thrown} (caused by: ${textOf(cause, most - 1)})` : String(thrown);
  } catch {
    return "unreadable error";
  }
}

const MOST_SAID = 1_000;
const said = new WeakMap<object, Set<string>>();

/** Warns only once for each logger and `what`, of which it remembers 1 000, instead of with every job. */
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
