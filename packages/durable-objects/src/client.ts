import { LongshoreError, type Platform, systemPlatform } from "@longshore/core";
import {
  type ClaimRequest,
  type ClaimedJob,
  type EnqueueAnswer,
  type JobPage,
  type JobRef,
  type JobState,
  type ListRequest,
  type NewJob,
  type QueueCounts,
  type ScheduleRow,
  type Store,
  type StoredJob,
  schedulePartition,
} from "@longshore/core/adapter";
import { type JobsNamespace, remoteOf } from "./remote.ts";
import { shardOf } from "./shards.ts";
import { pieces, spread } from "./spread.ts";
import { DEFAULT_LEASE_MS, type DurableObjectsTraits, traitsWith } from "./traits.ts";

export type DurableObjectsOptions = {
  /**
   * Over how many objects the jobs are spread, by a hash of their `partition` or else their id. Default: 1, which is
   * right up to some 200 jobs a second. The objects remember it: another number needs another `name`.
   */
  readonly shards?: number;
  /** What the objects are named after; one for each app or tenant. Default: `"jobs"`. */
  readonly name?: string;
  /** As the object was told, in ms. Default: 30 000. */
  readonly leaseMs?: number;
  /** For tests that own time and chance. */
  readonly platform?: Platform;
};

export type DurableObjects = Store<DurableObjectsTraits> & {
  /**
   * Has every shard start what is due and see to its alarm. For a cron trigger: the platform keeps alarms, and this is
   * for the day when it does not.
   */
  wake(): Promise<void>;
};

/** In characters, of which an RPC message of 32 MiB holds at least twice as many. */
const MOST_PER_CALL = 8_000_000;
/** Rows of 900 KB of payload and as much of result. */
const MOST_ROWS_PER_CALL = 8;

/**
 * Jobs in Durable Objects, over RPC: ids, states, priorities, delays of any length, schedules, dead letters. Holds
 * nothing, so make one per request. Fails with `shard_mismatch` where the objects were made for another number of
 * shards; what the platform itself throws comes through, after repeating what it calls retryable.
 *
 * ```ts
 * const queue = createQueue(durableObjects(env.JOBS));
 * await queue.enqueue(welcome, { userId: 42 });
 * ```
 */
export function durableObjects(namespace: JobsNamespace, options: DurableObjectsOptions = {}): DurableObjects {
  const { shards = 1, name = "jobs", leaseMs = DEFAULT_LEASE_MS, platform = systemPlatform } = options;
  if (!Number.isInteger(shards) || shards < 1) {
    throw new LongshoreError("invalid_option", `The number of shards must be a whole number from 1; got ${shards}.`);
  }
  const { call, wake } = remoteOf(namespace, name, { shards, leaseMs }, platform);
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const shardFor = ({ id, partition }: JobRef): number => shardOf(partition ?? id, shards);
  const scheduleShard = (schedule: string): number => shardOf(schedulePartition(schedule), shards);

  const enqueueInto = async (shard: number, jobs: readonly NewJob[], errors: unknown[]): Promise<EnqueueAnswer[]> => {
    const answers: EnqueueAnswer[] = [];
    for (const piece of pieces(jobs, ({ payload }) => payload.length + 1_000, MOST_PER_CALL)) {
      try {
        answers.push(...(await call(shard, "enqueue", piece)));
      } catch (error) {
        errors.push(error);
        const message = `shard ${shard} did not answer, so this may or may not have happened: ${error}`;
        answers.push(...piece.map((): EnqueueAnswer => ({ status: "failed", message })));
      }
    }
    return answers;
  };
  const control =
    (verb: "cancel" | "replay" | "runNow" | "remove") =>
    (refs: readonly JobRef[]) =>
      spread(refs, shardFor, (shard, ours) => call(shard, verb, ours));

  return {
    name: "durable-objects",
    traits: traitsWith(leaseMs),

    async enqueue(jobs) {
      const errors: unknown[] = [];
      const answers = await spread(jobs, shardFor, (shard, ours) => enqueueInto(shard, ours, errors));
      if (errors.length > 0 && answers.every(({ status }) => status === "failed")) throw errors[0];
      return answers;
    },
    settle: (settlements) => spread(settlements, shardFor, (shard, ours) => call(shard, "settle", ours)),
    renew: (leases, ms) => spread(leases, shardFor, (shard, ours) => call(shard, "renew", ours, ms)),
    async claim({ queues, leaseMs: ms }: ClaimRequest) {
      const jobs: ClaimedJob[] = [];
      const first = Math.floor(platform.random() * shards);
      for (const shard of all) {
        const wanted = queues
          .map(({ name: queue, limit }) => ({
            name: queue,
            limit: limit - jobs.filter((job) => job.queue === queue).length,
          }))
          .filter(({ limit }) => limit > 0);
        if (wanted.length === 0) break;
        jobs.push(...(await call((first + shard) % shards, "claim", { queues: wanted, leaseMs: ms })));
      }
      return jobs;
    },
    async dueInMs(wanted) {
      const times = await Promise.all(all.map((shard) => call(shard, "dueInMs", wanted)));
      const first = Math.min(...times.map((time) => time ?? Infinity));
      return first === Infinity ? undefined : first;
    },
    wake: async () => void (await Promise.all(all.map(wake))),

    get: (refs) =>
      spread(refs, shardFor, async (shard, ours) => {
        const rows: (StoredJob | undefined)[] = [];
        for (const piece of pieces(ours, () => 1, MOST_ROWS_PER_CALL)) rows.push(...(await call(shard, "get", piece)));
        return rows;
      }),
    async list({ cursor = "0:", ...request }: ListRequest): Promise<JobPage> {
      const [, from, after] = /^(\d+):(.*)$/s.exec(cursor) ?? [];
      if (from === undefined || Number(from) >= shards) {
        throw new LongshoreError("invalid_cursor", "A list's cursor must be one that a page before it answered.");
      }
      const jobs: StoredJob[] = [];
      let inner = after === "" ? undefined : after;
      for (let shard = Number(from); shard < shards; shard++) {
        const limit = request.limit - jobs.length;
        if (limit === 0) return { jobs, cursor: `${shard}:` };
        const page: JobPage = await call(shard, "list", { ...request, limit, cursor: inner });
        jobs.push(...page.jobs);
        if (page.cursor !== undefined) return { jobs, cursor: `${shard}:${page.cursor}` };
        inner = undefined;
      }
      return { jobs };
    },
    counts: async () => merge((await Promise.all(all.map((shard) => call(shard, "counts")))).flat()),

    cancel: control("cancel"),
    replay: control("replay"),
    runNow: control("runNow"),
    remove: control("remove"),
    pause: async (queue) => void (await Promise.all(all.map((shard) => call(shard, "pause", queue)))),
    resume: async (queue) => void (await Promise.all(all.map((shard) => call(shard, "resume", queue)))),
    async prune(limit) {
      const gone: StoredJob[] = [];
      for (const shard of all) {
        if (gone.length < limit) gone.push(...(await call(shard, "prune", limit - gone.length)));
      }
      return gone;
    },

    async declare(names) {
      let now = names.length === 0 ? platform.now() : 0;
      const rows = await spread(names, scheduleShard, async (shard, ours): Promise<readonly ScheduleRow[]> => {
        const declared = await call(shard, "declare", ours);
        now = Math.max(now, declared.now);
        return declared.rows;
      });
      return { now, rows };
    },
    advance: (step) => call(scheduleShard(step.name), "advance", step),
  };
}

function merge(counted: readonly QueueCounts[]): readonly QueueCounts[] {
  const merged = new Map<string, { queue: string; paused: boolean; counts: Partial<Record<JobState, number>> }>();
  for (const { queue, paused, counts } of counted) {
    const sum = merged.get(queue) ?? { queue, paused: false, counts: {} };
    sum.paused ||= paused;
    for (const [state, n] of Object.entries(counts) as [JobState, number][]) {
      sum.counts[state] = (sum.counts[state] ?? 0) + n;
    }
    merged.set(queue, sum);
  }
  return [...merged.values()];
}
