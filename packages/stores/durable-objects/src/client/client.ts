import { type Duration, LongshoreError, type Platform, codeOf, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type ClaimedJob,
  type JobRef,
  type ScheduleRef,
  type ScheduleRow,
  type Stats,
  type Store,
  type StoredJob,
  aBoolean,
  aLease,
  be,
  checkOptions,
  having,
  integer,
  schedulePartition,
  text,
} from "@longshore/core/adapter";
import { mergePages } from "./merge.ts";
import { type JobsNamespace, remoteOf } from "./remote.ts";
import { shardOf } from "./shards.ts";
import { MOST_CHARACTERS, messageCharacters } from "../message-size.ts";
import { fanOut } from "./fan-out.ts";
import { addCounts } from "../counts.ts";
import { DEFAULT_LEASE, type DurableObjectsTraits, traitsWith } from "../traits.ts";
import type { AnswerOf, ObjectVerb, InputOf } from "../wire.ts";

export { prepareJobs } from "./prepare.ts";
export type { JobsNamespace } from "./remote.ts";
export type { DurableObjectsTraits } from "../traits.ts";
export type { Call, JobsMethod, Reply } from "../wire.ts";

export type DurableObjectsOptions = {
  /**
   * Over how many objects the jobs are spread, by a hash of their `partition` or else their id. Default: 1, which is
   * right up to some 200 jobs a second. The objects remember it: another number needs another `name`.
   */
  readonly shards?: number | undefined;
  /** What the objects are named after; one for each app or tenant. Default: `"jobs"`. */
  readonly name?: string | undefined;
  /** How long its own claims and renewals hold; jobs that the object hands out say for how long. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** The objects were made with `stats`, so that `readStats` can ask them. Default: false. */
  readonly stats?: boolean | undefined;
  /** For tests that own time and chance. */
  readonly platform?: Platform | undefined;
};

export type DurableObjects = Store<DurableObjectsTraits> & {
  /**
   * Has every shard start what is due and see to its alarm. For a cron trigger: the platform keeps alarms, and this is
   * for the day when it does not.
   */
  wake(): Promise<void>;
};

/** Every call that is about no job asks all of them. */
const MOST_SHARDS = 1_000;

const CHECKS: Checks<DurableObjectsOptions> = {
  shards: integer(1, MOST_SHARDS),
  name: text(/^.{1,200}$/s),
  lease: aLease,
  stats: aBoolean,
  platform: having("timer", "random"),
};
const aNamespace = be(
  "the binding of the objects, of durable_objects.bindings in the wrangler configuration",
  (value) => typeof Object(value).getByName === "function",
);

/** What `get` answers of one job: a payload of 900 KB and as much of a result. */
const ROW_CHARACTERS = 1_000_000;

type Routed = "enqueue" | "settle" | "renew" | "get" | "cancel" | "replay" | "runNow" | "remove";

/**
 * Jobs in Durable Objects, over RPC: ids, states, priorities, delays of any length, schedules, dead letters. Holds
 * nothing, so make one per request. Fails with `shard_mismatch` where the objects were made for another number of
 * shards, with `invalid_option` or `invalid_duration` for its own options; what the platform itself
 * throws comes through, after repeating what it calls retryable, but of schedules and dead letters as `shard_failed`,
 * once the other shards have done their part.
 *
 * ```ts
 * const queue = createQueue(durableObjects(env.JOBS));
 * await queue.enqueue(welcome, { userId: 42 });
 * ```
 */
export function durableObjects(
  namespace: JobsNamespace,
  options: DurableObjectsOptions & { readonly stats: true },
): DurableObjects & Stats;
export function durableObjects(namespace: JobsNamespace, options?: DurableObjectsOptions): DurableObjects;
export function durableObjects(
  namespace: JobsNamespace,
  options: DurableObjectsOptions = {},
): DurableObjects & Partial<Stats> {
  aNamespace(namespace, "namespace of durableObjects");
  checkOptions("durableObjects", options, CHECKS);
  const { shards = 1, name = "jobs", lease = DEFAULT_LEASE, platform = systemPlatform } = options;
  const traits = traitsWith(lease);
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const ask = remoteOf(namespace, name, { shards }, platform);
  const shardFor = ({ id, partition }: JobRef): number => shardOf(partition ?? id, shards);
  const scheduleShard = ({ name: of }: ScheduleRef): number => shardOf(schedulePartition(of), shards);

  const everywhere = async <V extends ObjectVerb>(verb: V, ...input: InputOf<V>): Promise<AnswerOf<V>[]> => {
    const asked = await Promise.allSettled(all.map((shard) => ask(shard, verb, ...input)));
    return asked.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    });
  };
  /** Verbs that have in common a list of jobs first, and an answer for each. */
  const routed = <V extends Routed>(verb: V, weight = 0): DurableObjects[V] => {
    const send = (items: readonly JobRef[], ...rest: readonly unknown[]): Promise<unknown> =>
      fanOut(
        items,
        weight,
        shardFor,
        (shard, ours) => ask(shard, verb, ...([ours, ...rest] as never)) as Promise<never[]>,
      );
    return send as unknown as DurableObjects[V];
  };

  return {
    name: "durable-objects",
    traits,

    enqueue: routed("enqueue"),
    settle: routed("settle"),
    renew: routed("renew"),
    async claim({ queues, leaseMs: ms }) {
      const jobs: ClaimedJob[] = [];
      let failed: { readonly error: unknown } | undefined;
      // From another shard each time, so that none is always the last.
      const first = Math.floor(platform.random() * shards);
      for (const shard of all) {
        const wanted = queues.map(({ name: queue, limit }) => ({
          name: queue,
          limit: limit - jobs.filter((job) => job.queue === queue).length,
        }));
        if (wanted.every(({ limit }) => limit <= 0)) break;
        try {
          jobs.push(...(await ask((first + shard) % shards, "claim", { queues: wanted, leaseMs: ms })));
        } catch (error) {
          // What another has handed out must not be lost with it.
          failed ??= { error };
        }
      }
      if (failed !== undefined && jobs.length === 0) throw failed.error;
      return jobs;
    },
    async dueInMs(wanted) {
      const first = Math.min(...(await everywhere("dueInMs", wanted)).map((time) => time ?? Infinity));
      return first === Infinity ? undefined : first;
    },
    wake: async () => void (await everywhere("wake")),

    get: routed("get", ROW_CHARACTERS),
    list: async (request) =>
      mergePages(await everywhere("list", request, Math.ceil(MOST_CHARACTERS / shards)), request.limit),
    counts: async (states) => addCounts((await everywhere("counts", ...(states ? [states] : []))).flat()),

    cancel: routed("cancel"),
    replay: routed("replay"),
    runNow: routed("runNow"),
    remove: routed("remove"),
    pause: async (queue) => void (await everywhere("pause", queue)),
    resume: async (queue) => void (await everywhere("resume", queue)),
    async prune(limit) {
      const gone: StoredJob[] = [];
      let characters = 0;
      let failed: { readonly error: unknown } | undefined;
      for (const shard of all) {
        if (gone.length >= limit || characters > MOST_CHARACTERS) break;
        try {
          for (const job of await ask(shard, "prune", limit - gone.length)) {
            gone.push(job);
            characters += messageCharacters(job);
          }
        } catch (error) {
          // What another has removed must be told, as only this answer can.
          failed ??= { error };
        }
      }
      if (failed !== undefined && gone.length === 0) throw shardFailed("prune", failed.error);
      return gone;
    },

    async declare(schedules) {
      let now = 0;
      const declareAt = async (shard: number, ours: readonly ScheduleRef[]): Promise<readonly ScheduleRow[]> => {
        const declared = await ask(shard, "declare", ours);
        now = Math.max(now, declared.now);
        return declared.rows;
      };
      try {
        return { rows: await fanOut(schedules, 0, scheduleShard, declareAt), now };
      } catch (error) {
        throw shardFailed("declare", error);
      }
    },
    async advance(steps) {
      try {
        return await fanOut(steps, 0, scheduleShard, (shard, ours) => ask(shard, "advance", ours));
      } catch (error) {
        throw shardFailed("advance", error);
      }
    },
    ...(options.stats && { stats: async (window) => (await everywhere("stats", window)).flat() }),
  };
}

/** Of a verb that the other shards have done their part of. An error of ours says itself what it means. */
function shardFailed(verb: string, cause: unknown): unknown {
  if (codeOf(cause) !== undefined) return cause;
  const message = `A shard failed to ${verb}. The others did their part, and the same call again is harmless.`;
  return new LongshoreError("shard_failed", message, { cause });
}
