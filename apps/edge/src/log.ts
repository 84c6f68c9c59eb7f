import { type EventListener, type Logger, jsonLines } from "@longshore/core";
import { type Settings, configured } from "./settings.ts";

/** The log of this app: one JSON object per line. */
export type Log = {
  /** Writes a line for each attempt of a job. */
  readonly onEvent: EventListener;
  readonly log: Logger;
};

type Write = (line: string) => void;

/** The platform collects a Worker's console output. */
const toConsole: Write = (line) => console.log(line);

/** Lines never contain payloads. Secrets of the environment are removed, even where an error quotes one. */
export function createLog(settings: Settings, write: Write = toConsole): Log {
  const secrets = secretsOf(settings);
  const clean = (line: string): void => write(redact(line, secrets));
  const attempts = jsonLines(clean);
  const say =
    (level: keyof Logger): Logger["info"] =>
    (entry) =>
      clean(JSON.stringify({ level, ...entry, timestamp: new Date().toISOString() }));
  return {
    onEvent(event) {
      attempts(event);
      if (settings.LOG_STARTS !== "yes" || event.type !== "started" || event.attempt !== 1) return;
      const { id, name } = event.job;
      clean(JSON.stringify({ job_id: id, job_name: name, status: "started", waited_ms: event.waitedMs }));
    },
    log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
  };
}

function redact(line: string, secrets: readonly string[]): string {
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);
  return hidden.replace(/:\\?\/\\?\/[^\s/@"]+@/g, "://[secret]@");
}

function secretsOf(settings: Settings): string[] {
  const { GITHUB_WEBHOOK_SECRET, OPERATOR_TOKEN, USERS_TOKEN, MAIL_API_TOKEN, SUBSCRIBERS = "" } = settings;
  const { ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET } = settings;
  const subscribers = [...SUBSCRIBERS.matchAll(/whsec_[A-Za-z0-9+/=]+|https?:[^"\\\s]+/g)].map(([secret]) => secret);
  const alerts = [ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET];
  const own = [GITHUB_WEBHOOK_SECRET, OPERATOR_TOKEN, USERS_TOKEN, MAIL_API_TOKEN, ...alerts];
  return [...own, ...subscribers].filter(
    (secret) => secret !== undefined && configured(secret) !== undefined,
  ) as string[]; // the filter leaves only strings
}
