import { type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type CarriedRunner,
  type Checks,
  type ClaimedJob,
  aLogger,
  checkOptions,
  integer,
  logTo,
  withMethods,
} from "@longshore/core/adapter";
import { type Secrets, anAudience, someSecrets } from "../jwt.ts";
import { failures, reply } from "../server/reply.ts";
import { checkPost, checkVersion } from "../server/request.ts";
import { VERSION_HEADER, WIRE_VERSION } from "../wire.ts";
import { callReader } from "./call.ts";
import { openWhile } from "./open-while.ts";

export type PushOptions = {
  /** The one that `httpBroker` has; several while one replaces another. There is no default. */
  readonly secret: Secrets;
  /** Default: `"longshore"`. */
  readonly audience?: string | undefined;
  /** How many jobs may run at a time in this process; one more is refused and comes again. Default: 100. */
  readonly maxRunning?: number | undefined;
  /** The size of a call. Default: 4 000 000, which Vercel and Lambda also take. */
  readonly maxBytes?: number | undefined;
  /** Where failures are logged; the caller gets a reference to the entry. Default: `console`. */
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Platform | undefined;
};

const CHECKS: Checks<PushOptions> = {
  secret: someSecrets,
  audience: anAudience,
  maxRunning: integer(1),
  maxBytes: integer(1_000),
  log: aLogger,
  platform: withMethods("now", "timer", "turn", "id"),
};

/**
 * A fetch handler that runs the jobs which signed calls bring, for platforms that can only be called: Vercel, Lambda
 * URLs, Deno Deploy. The calls are those of `httpBroker` with the same secret. Before a job runs, its lease is renewed in
 * the store, so that a copy of a call runs nothing once its job was settled or claimed anew. The answer stays open while
 * the job runs, which keeps such a platform awake. Fails with `invalid_option`.
 *
 * ```ts
 * const jobs = paired(http({ url, manifest, headers }), httpBroker({ url: own, secret }));
 * export const POST = push(jobs.runner(createWorker(jobs, { handlers })), { secret });
 * ```
 */
export function push(runner: CarriedRunner, options: PushOptions): (request: Request) => Promise<Response> {
  withMethods("runCarried")(runner, "runner of push");
  checkOptions("push", options, CHECKS);
  const { secret, audience = "longshore", maxRunning = 100, maxBytes = 4_000_000 } = options;
  const { log = console, platform = systemPlatform } = options;
  const read = callReader(secret, audience, maxBytes, () => platform.now());
  const { failure } = failures(log, platform, "a pushed job was not begun");
  let running = 0;

  const run = async (job: ClaimedJob): Promise<void> => {
    running++;
    try {
      await runner.runCarried([job]);
    } catch (error) {
      // The answer has begun, and is no promise: the lease runs out, and the job is claimed again.
      const { id, name, queue } = job;
      logTo(log, "error", "a pushed job was not run", { error, id, name, queue });
    } finally {
      running--;
    }
  };
  const answer = async (request: Request): Promise<Response> => {
    checkVersion(request);
    checkPost(request);
    const job = await read(request);
    if (running >= maxRunning) {
      return reply(503, { error: { code: "busy", message: `As many jobs run here as may: ${running}.` } });
    }
    return openWhile(() => run(job), platform);
  };
  return async (request) => {
    const response = await answer(request).catch(failure);
    response.headers.set(VERSION_HEADER, String(WIRE_VERSION));
    return response;
  };
}
