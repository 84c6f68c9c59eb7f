/** The environment: secrets (`wrangler secret put`), plain variables, and switches for development. */
export type Settings = {
  /** GitHub signs each delivery with it. Without it `/webhooks/github` answers 503. */
  readonly GITHUB_WEBHOOK_SECRET?: string;
  /** Opens the operators' routes. Without it they answer 503. */
  readonly OPERATOR_TOKEN?: string;
  /** Opens `POST /users`. Without it that route answers 503. */
  readonly USERS_TOKEN?: string;
  /** Opens `POST /field/sessions` to the users of apps/field. Without it that route answers 503. */
  readonly FIELD_TOKEN?: string;
  /** Signs what they get there; at least 32 characters. Without it the routes of `/field` answer 503. */
  readonly FIELD_SECRET?: string;
  /** The subscribers: `[{"name":"billing","url":"https://…","secret":"whsec_…"}]`. Default: none. */
  readonly SUBSCRIBERS?: string;
  /** Receives `{from, to, subject, text}` as JSON; https only. */
  readonly MAIL_API_URL?: string;
  readonly MAIL_API_TOKEN?: string;
  readonly MAIL_FROM?: string;
  /** The recipient of the daily report and the weekly digest. Without it they are only kept as the jobs' results. */
  readonly REPORT_TO?: string;
  /** Receives signed alerts; https only. Without it or its secret (`whsec_…`), alerts go to the log. */
  readonly ALERT_WEBHOOK_URL?: string;
  readonly ALERT_WEBHOOK_SECRET?: string;
  /** `"yes"`: one more log line per job when it first starts, with how long it waited. */
  readonly LOG_STARTS?: string;

  /** `"allow"`: subscribers and the mail API may also use http and this machine. Never in production. */
  readonly DEV_LOOPBACK?: string;
  /** The delay of the first retry in ms; it doubles with each further one. Never in production. */
  readonly DEV_FIRST_RETRY_MS?: string;
  /** The longest attempt, in ms. Never in production. */
  readonly DEV_TIMEOUT_MS?: string;
  /** How often to run the retry sweep, which checks the alert rules, in ms; at least 1 000. Never in production. */
  readonly DEV_SWEEP_MS?: string;
  /** How long a claim lasts, in ms. Never in production. */
  readonly DEV_LEASE_MS?: string;
};

/** An empty value counts as not set. */
export function configured(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}
