import type { Verb } from "../wire.ts";

/**
 * What a caller may do: these verbs on jobs of these queues with these names. A call must be covered whole by one of the
 * caller's grants for each job and queue that it is about. `onWake`, `announce` and `workers` are about no job, so the
 * verb is all that they need.
 */
export type Grant = {
  readonly verbs: readonly Verb[];
  readonly queues: readonly string[] | "all";
  /** Verbs about a whole queue, such as `claim`, `list` and `pause`, need `"all"`. */
  readonly names: readonly string[] | "all";
  /**
   * Whether payloads, results and unique keys may be read; `claim` needs it. Without it `get` and `list` show `"[redacted]"`, and
   * failures without their stacks. Default: false.
   */
  readonly payloads?: boolean | undefined;
};

/**
 * Who asks, and what they may do. Undefined refuses the request as `unauthorized`, and so does no grant at all; a
 * `Response` is sent as it is, for example one of 429. If it throws, the request is refused.
 */
export type Authorize = (
  request: Request,
) => readonly Grant[] | Response | undefined | Promise<readonly Grant[] | Response | undefined>;

/** The verbs of a worker with a loop that runs jobs of its queues. */
export const workerVerbs: readonly Verb[] = ["claim", "settle", "renew", "dueInMs", "onWake"];
/** The verbs of somebody who looks. */
export const viewerVerbs: readonly Verb[] = ["get", "list", "counts", "depth", "listSchedules", "stats", "workers"];
/** The verbs of an operator, who also looks. */
export const operatorVerbs: readonly Verb[] = [
  ...viewerVerbs,
  "cancel",
  "replay",
  "runNow",
  "remove",
  "pause",
  "pauseFor",
  "resume",
];

/** Every queue, or every name of job. */
export const EVERY: unique symbol = Symbol("every");
type Asked = string | typeof EVERY;

/** True if one grant covers the verb for this queue and name. What a grant does not say, it does not give. */
export function covers(grants: readonly Grant[], verb: Verb, queue: Asked, name: Asked, reads = false): boolean {
  return grants.some(
    (grant) =>
      includes(grant.verbs, verb) &&
      isIn(grant.queues, queue) &&
      isIn(grant.names, name) &&
      (!reads || grant.payloads === true),
  );
}

/** True if some grant has the verb at all. */
export function mentions(grants: readonly Grant[], verb: string): boolean {
  return grants.some(({ verbs }) => includes(verbs, verb));
}

function isIn(granted: unknown, asked: Asked): boolean {
  return granted === "all" || (asked !== EVERY && includes(granted, asked));
}

/** Of a list only: a text would include each of its parts. */
function includes(granted: unknown, asked: string): boolean {
  return Array.isArray(granted) && granted.includes(asked);
}
