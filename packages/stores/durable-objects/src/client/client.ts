import { type Duration, LongshoreError, type Platform, codeOf, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type ClaimedJob,
  type Depth,
  type JobRef,
  type KeyRef,
  type Keys,
  type ListSchedules,
  type NewJob,
  type ScheduleRef,
  type ScheduleRow,
  type Stats,
  type Store,
  type StoredJob,
  type PauseFor,
  type Update,
  aBoolean,
  aLease,
  mustBe,
  checkOptions,
  withMethods,
  integer,
  schedulePartition,
  text,
} from "@longshore/core/adapter";
import { MOST_CHARACTERS, addCounts, messageCharacters } from "@longshore/sqlite-engine";
import { jobInPartition, keyInPartition, settlementsFor, withOwnKey } from "../keys.ts";
import { checkLinked } from "./linked.ts";
import { mergePages, mergeSchedules } from "./merge.ts";
import { type JobsNamespace, remoteOf } from "./remote.ts";
import { shardOf } from "./shards.ts";
import { fanOut } from "./fan-out.ts";
import { DEFAULT_LEASE, type DurableObjectsTraits, traitsWith } from "../traits.ts";
import type { AnswerOf, ObjectVerb, InputOf } from "../wire.ts";

export { prepareJobs } from "./prepare.ts";
export type { JobsNamespace } from "./remote.ts";
export type { DurableObjectsTraits } from "../traits.ts";
export type { Call, JobsMethod, Reply } from "../wire.ts";

export type DurableObjectsOptions = {
  /**
   * How many objects share the jobs, by a hash of each job's `partition` or else its id. Default: 1, which is enough
   * for some 200 jobs a second. The objects remember the number: to change it, change `name` as well.
   */
  readonly shards?: number | undefined;
  /** The prefix of the objects' names; use one for each app or tenant. Default: `"jobs"`. */
  readonly name?: string | undefined;
  /** How long this client's claims and renewals last; the object's own jobs bring theirs. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** Whether the objects were made with `stats`, so that `readStats` can ask them. Default: false. */
  readonly stats?: boolean | undefined;
  /** For tests that control time and chance. */
  readonly platform?: Platform | undefined;
};

export type DurableObjects = Store<DurableObjectsTraits> &
  Keys &
  Depth &
  PauseFor &
  Update &
  ListSchedules & {
    /**
     * Makes every shard start due jobs and check its alarm. Call it from a cron trigger, in case the platform loses an
     * alarm.
     */
    wake(): Promise<void>;
  };

/** A call that is not about a single job asks every shard. */
const MOST_SHARDS = 1_000;

const CHECKS: Checks<DurableObjectsOptions> = {
  shards: integer(1, MOST_SHARDS),
  name: text("1 to 200 characters", /^.{1,200}$/s),
  lease: aLease,
  stats: aBoolean,
  platform: withMethods("timer", "random"),
};
const aNamespace = mustBe(
  "the binding of the objects, of durable_objects.bindings in the wrangler configuration",
  (value) => typeof Object(value).getByName === "function",
);

/** The size of a job in an answer of `get`: a payload of 900 KB and a result of the same size. */
const ROW_CHARACTERS = 1_000_000;

type Routed = "enqueue" | "settle" | "renew" | "get" | "cancel" | "replay" | "runNow" | "remove" | "update";

/**
 * Jobs in Durable Objects, over RPC: ids, states, priorities, delays of any length, schedules, dead letters. Keeps
 * nothing, so make one per request. Fails with `shard_mismatch` if the objects were made for another number of shards,
 * and with `invalid_option` or `invalid_duration` for its own options. A platform error is passed on once the retries
 * of a retryable one are used up; for schedules and dead letters it becomes `shard_failed`, after the other shards have
 * answered.
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
  /** A verb that takes a list of jobs first and answers each of them. */
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

  const scoped = shards === 1 ? (job: NewJob): NewJob => job : jobInPartition;
  const shown = shards === 1 ? <T>(job: T): T => job : withOwnKey;
  const keyShard = ({ key, partition }: KeyRef): number => shardOf(partition ?? key, shards);
  const enqueue = routed("enqueue");
  const settle = routed("settle");
  const get = routed("get", ROW_CHARACTERS);

  return {
    name: "durable-objects",
    traits,

    async enqueue(jobs) {
      checkLinked(jobs, shards);
      return enqueue(jobs.map(scoped));
    },
    settle: async (settlements) => settle(settlementsFor(shards, settlements)),
    renew: routed("renew"),
    async claim({ queues, ...terms }) {
      const jobs: ClaimedJob[] = [];
      let failed: { readonly error: unknown } | undefined;
      // Starts at a random shard, so that none is always last.
      const first = Math.floor(platform.random() * shards);
      for (const shard of all) {
        const wanted = queues.map(({ name: queue, limit }) => ({
          name: queue,
          limit: limit - jobs.filter((job) => job.queue === queue).length,
        }));
        if (wanted.every(({ limit }) => limit <= 0)) break;
        try {
          const claimed = await ask((first + shard) % shards, "claim", { queues: wanted, ...terms });
          jobs.push(...claimed.map(shown));
        } catch (error) {
          // The jobs that other shards handed out must not be lost.
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

    get: async (refs) => (await get(refs)).map((job) => job && shown(job)),
    list: async (request) => {
      const page = mergePages(await everywhere("list", request, Math.ceil(MOST_CHARACTERS / shards)), request);
      return { ...page, jobs: page.jobs.map(shown) };
    },
    counts: async (states) => addCounts((await everywhere("counts", ...(states ? [states] : []))).flat()),

    async depth(queue) {
      const depths = await everywhere("depth", queue);
      return {
        jobs: depths.reduce((sum, { jobs }) => sum + jobs, 0),
        waitedMs: Math.max(...depths.map(({ waitedMs }) => waitedMs)),
      };
    },

    cancel: routed("cancel"),
    replay: routed("replay"),
    runNow: routed("runNow"),
    remove: routed("remove"),
    update: routed("update"),
    pause: async (queue) => void (await everywhere("pause", queue)),
    pauseFor: async (queue, forMs) => void (await everywhere("pauseFor", queue, forMs)),
    resume: async (queue) => void (await everywhere("resume", queue)),
    release: async (refs) => {
      const keys = shards === 1 ? refs : refs.map(keyInPartition);
      return fanOut(keys, 0, keyShard, (shard, ours) => ask(shard, "release", ours));
    },
    async prune(limit) {
      const gone: StoredJob[] = [];
      let characters = 0;
      let failed: { readonly error: unknown } | undefined;
      for (const shard of all) {
        if (gone.length >= limit || characters > MOST_CHARACTERS) break;
        try {
          for (const job of await ask(shard, "prune", limit - gone.length)) {
            gone.push(shown(job));
            characters += messageCharacters(job);
          }
        } catch (error) {
          // Only this answer can report what other shards have removed.
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
        const scopedSteps = steps.map((step) => (step.job === undefined ? step : { ...step, job: scoped(step.job) }));
        return await fanOut(scopedSteps, 0, scheduleShard, (shard, ours) => ask(shard, "advance", ours));
      } catch (error) {
        throw shardFailed("advance", error);
      }
    },
    listSchedules: async (request) => mergeSchedules(await everywhere("listSchedules", request), request),
    ...(options.stats && { stats: async (window) => (await everywhere("stats", window)).flat() }),
  };
}

/** Wraps a platform error of a verb whose other shards have done their part. An error of ours explains itself. */
function shardFailed(verb: string, cause: unknown): unknown {
  if (codeOf(cause) !== undefined) return cause;
  const message = `A shard failed to ${verb}. The others did their part, and the same call again is harmless.`;
  return new LongshoreError("shard_failed", message, { cause });
}
