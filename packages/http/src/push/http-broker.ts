import { type Duration, type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type Carry,
  type Checks,
  type ClaimedJob,
  aFunction,
  checkOptions,
  duration,
  logTo,
  text,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import type { Fetch } from "../client/call.ts";
import { aSecret, anAudience } from "../jwt.ts";
import { VERSION_HEADER } from "../wire.ts";
import { callOf } from "./call.ts";

export type HttpBrokerOptions = {
  /** Where `push` is mounted. */
  readonly url: string;
  /** The one that `push` has: at least 32 characters that cannot be guessed. */
  readonly secret: string;
  /** Whom the calls are for, if several receivers share the secret. Default: `"longshore"`. */
  readonly audience?: string | undefined;
  /** How long the platform lets a call run; a job's timeout may not be longer. Default: `"5m"`. */
  readonly maxRun?: Duration | undefined;
  /**
   * Receives what goes on after a job counts as sent: the call stays open while it runs. For platforms that end a
   * request's connections with it: `(work) => ctx.waitUntil(work)`.
   */
  readonly background?: ((work: Promise<unknown>) => void) | undefined;
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined;
  /** Where calls that were not taken are logged, with the first reason of a dispatch. Default: `console`. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "now" | "timer"> | undefined;
};

const aUrl = text("an address such as https://app.example/run, without #", /^https?:\/\/[^#\s]{1,2000}$/);
const CHECKS: Checks<HttpBrokerOptions> = {
  url: aUrl,
  secret: aSecret,
  audience: anAudience,
  maxRun: duration(1_000),
  background: aFunction,
  fetch: aFunction,
  log: withMethods("warn"),
  platform: withMethods("now", "timer"),
};

/** Half of what the smallest platform takes in a request: a text in JSON can be twice as long as itself. */
const MOST_PAYLOAD_BYTES = 1_000_000;
/** A platform that buffers answers when the job has run. Nobody waits so long. */
const ANSWER_MS = 10_000;

/** Carries the jobs of a pair. It is no adapter by itself: nothing can be kept in a call. */
export type HttpBroker = Carry & {
  readonly name: "http";
  readonly traits: { readonly maxRunMs: number; readonly maxPayloadBytes: number };
};

/**
 * The broker of a pair whose consumer can only be called: `paired(store, httpBroker({ url, secret }))` sends each job in
 * a signed call of its own to the `push` at this url. Fails with `invalid_option` or `invalid_duration`.
 *
 * A job counts as sent from the first byte of the answer, after 10 s without one, and if the platform fails with 5xx:
 * it may have run, so its claim stands as an attempt. One that the receiver refused, or that had no connection, is
 * given back and costs none.
 */
export function httpBroker(options: HttpBrokerOptions): HttpBroker {
  checkOptions("httpBroker", options, CHECKS);
  aUrl(options.url, "url of httpBroker");
  aSecret(options.secret, "secret of httpBroker");
  const { url, secret, audience = "longshore", maxRun = "5m", log = console, platform = systemPlatform } = options;
  const { background = () => {}, fetch = (input, init) => globalThis.fetch(input, init) } = options;
  const maxRunMs = toMs(maxRun);

  /** Why the job was not taken; undefined if it was sent. */
  const send = async (job: ClaimedJob): Promise<string | undefined> => {
    const giveUp = new AbortController();
    const stop = platform.timer(maxRunMs, () => giveUp.abort());
    let stopWaiting = (): void => {};
    const slow = new Promise<undefined>((resolve) => {
      stopWaiting = platform.timer(ANSWER_MS, () => resolve(undefined));
    });
    const called = callOf(job, secret, audience, platform.now()).then(({ body, headers }) =>
      fetch(url, { method: "POST", body, headers, signal: giveUp.signal }),
    );
    background(called.then(drained, () => {}).finally(stop));
    const answered = called.then(refusalOf, (error: unknown) => {
      return `no connection, or it broke: ${error instanceof Error ? error.message : "no error"}`;
    });
    const refusal = await Promise.race([answered, slow]);
    stopWaiting();
    return refusal;
  };

  return {
    name: "http",
    traits: { maxRunMs, maxPayloadBytes: MOST_PAYLOAD_BYTES },
    async carry(jobs) {
      const refusals = await Promise.all(jobs.map(send));
      const reasons = refusals.filter((reason) => reason !== undefined);
      if (reasons.length > 0) {
        const fields = { jobs: reasons.length, reason: reasons[0] };
        logTo(log, "warn", "the receiver did not take jobs; they go again in 5 s", fields);
      }
      return refusals.map((reason) => (reason === undefined ? "sent" : "failed"));
    },
  };
}

/** Undefined also for a failure of the platform, which may have begun to run the job. */
function refusalOf({ ok, status, headers }: Response): string | undefined {
  const isOurs = headers.has(VERSION_HEADER);
  if (ok) return isOurs ? undefined : `another server answered, with the status ${status}`;
  // Too many calls at once is no failure of a run.
  if (isOurs || status < 500 || status === 503) return `it answered with the status ${status}`;
  return undefined;
}

/** Reads to the end: a platform may end a run whose caller has gone. Never rejects. */
async function drained({ body }: Response): Promise<void> {
  const reader = body?.getReader();
  try {
    while (reader && !(await reader.read()).done);
  } catch {
    // The receiver or the way to it is gone, or it took too long. The lease tells what became of the job.
  }
}
