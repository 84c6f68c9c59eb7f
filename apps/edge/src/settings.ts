/** What the environment may hold: secrets (`wrangler secret put`), plain variables, and switches for development. */
export type Settings = {
  /** GitHub signs each delivery with it. Without it `/webhooks/github` answers 503. */
  readonly GITHUB_WEBHOOK_SECRET?: string;
  /** Opens the operators' routes. Without it they answer 503. */
  readonly OPERATOR_TOKEN?: string;
  /** Opens `POST /users`. Without it that route answers 503. */
  readonly USERS_TOKEN?: string;
  /** Who gets the events: `[{"name":"billing","url":"https://…","secret":"whsec_…"}]`. Without it nobody does. */
  readonly SUBSCRIBERS?: string;
  /** Takes `{from, to, subject, text}` as JSON; https only. */
  readonly MAIL_API_URL?: string;
  readonly MAIL_API_TOKEN?: string;
  readonly MAIL_FROM?: string;
  /** Gets the daily report and the weekly digest by mail. Without it they are only kept as the jobs' results. */
  readonly REPORT_TO?: string;
  /** Gets alerts, signed; https only. Without it, or without its secret (`whsec_…`), they are lines of the log. */
  readonly ALERT_WEBHOOK_URL?: string;
  readonly ALERT_WEBHOOK_SECRET?: string;
  /** `"yes"`: one more log line per job, when it first starts, with how long it waited. */
  readonly LOG_STARTS?: string;

  /** `"allow"`: subscribers and the mail API may also be at http and on this machine. Never in production. */
  readonly DEV_LOOPBACK?: string;
  /** The first retry's delay in ms; each further one takes twice as long. Never in production. */
  readonly DEV_FIRST_RETRY_MS?: string;
  /** The longest that an attempt may take, in ms. Never in production. */
  readonly DEV_TIMEOUT_MS?: string;
  /** How often the retry sweep runs, which looks at the alert rules, in ms; at least 1 000. Never in production. */
  readonly DEV_SWEEP_MS?: string;
  /** How long a claim holds, in ms. Never in production. */
  readonly DEV_LEASE_MS?: string;
};

/** A secret that was set to nothing is not set. */
export function configured(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}
