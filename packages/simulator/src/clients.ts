import { type JobRequest, type Logger, type Queue, codeOf, createQueue } from "@longshore/core";
import { between, pick } from "./random.ts";
import { Unreachable } from "@longshore/testing/tools";
import type { Client } from "./faulty-connection.ts";
import type { Process } from "./process.ts";
import type { Checker } from "./checker.ts";
import type { ObservedRow } from "./observed-row.ts";
import type { Extension } from "./extension.ts";
import { DEFINITIONS, QUEUES, type Slots, request } from "./job-definitions.ts";

/** What every simulated process works with. */
export type ActorContext = {
  readonly process: Process;
  readonly store: Client;
  readonly checker: Checker;
  readonly seed: number;
  readonly script: boolean;
  readonly slots: Slots;
  /** The jobs of the extension. */
  readonly extraJobs: Extension["jobs"];
  /** Of some workers; 0: of none. */
  readonly priorityAgeMs: number;
  /** True once no more faults occur. */
  quiet(): boolean;
};

const ANSWER_WITHIN_MS = 8_000;
/** The codes of errors whose cause is what the backend threw. */
const WRAPPED = /^(backend_failed|enqueue_failed)$/;

export function queueOf({ process, store, checker }: ActorContext): Queue<Client> {
  const onEvent = (event: Parameters<Checker["reported"]>[1]): void => checker.reported(process, event);
  return createQueue(store, { platform: process.platform, onEvent, log: SILENT });
}

/** Repeats a call for a while, then leaves its result unknown. Only faults and our own errors may make it fail. */
export async function attempt<T>({ process, checker }: ActorContext, call: () => Promise<T>): Promise<T | undefined> {
  let forget = (): void => {};
  const tooLate = new Promise<never>((_, reject) => {
    forget = process.platform.timer(ANSWER_WITHIN_MS, () => reject(new Unreachable("no answer")));
  });
  try {
    return await Promise.race([call(), tooLate]);
  } catch (error) {
    // What the queue says of a failed backend tells nothing: its cause may be a mistake of ours.
    const met = WRAPPED.test(codeOf(error) ?? "") ? ((error as Error).cause ?? error) : error;
    if (!(met instanceof Unreachable) && codeOf(met) === undefined) {
      checker.fail("liveness", `${process.id} met an error that nobody throws: ${String(met)}`);
    }
    return undefined;
  } finally {
    forget();
  }
}

const KEYS = 6;
const MOST_TRIES = 6;

/** Enqueues jobs, one or several at a time. Calls without an answer are repeated with the same ids. */
export async function produce(actor: ActorContext, jobs: number): Promise<void> {
  const { process, checker } = actor;
  const { random } = process;
  const queue = queueOf(actor);
  const { uniqueKeys, limits, expiry, throttle, order, depth, dependencies } = actor.store.traits;
  const mix = [
    ...MIX,
    ...(uniqueKeys ? WITH_UNIQUE_KEYS : []),
    ...(limits ? WITH_LIMITS : []),
    ...(expiry ? WITH_EXPIRY : []),
    ...(throttle ? WITH_RATES : []),
    ...(order ? WITH_ORDER : []),
    ...(depth ? WITH_DEPTH : []),
  ];
  for (let made = 0; made < jobs && !actor.quiet();) {
    await process.sleep(random() * 3_000);
    const crowd = random() < 0.1 ? CROWDS.find((kind) => mix.includes(kind) && random() < 0.5) : undefined;
    const batch = crowd === undefined ? (random() < 0.35 ? between(random, 2, 6) : 1) : between(random, 8, 16);
    const kinds = crowd === undefined ? mix : [crowd];
    const requests = Array.from({ length: batch }, (_, i) => newRequest(random, kinds, `${process.id}-${made + i}`));
    if (crowd === undefined && dependencies && random() < 0.15) {
      const others = [...checker.rows.all.values()].filter(({ job }) => PARENTS.includes(job.name));
      requests.push(...newFamily(random, `${process.id}-${made}`, others));
    }
    const distinct = [...new Map(requests.map((one) => [one.options.id, one])).values()];
    made += batch;
    const tries = random() < 0.8 ? MOST_TRIES : 1;
    for (let tried = 0; tried < tries; tried++) {
      const answers = await attempt(actor, () => queue.enqueueMany(distinct));
      for (const { id, status } of answers ?? []) if (status !== "failed") checker.acknowledged(id);
      if (answers !== undefined) break;
      await process.sleep(random() * 2_000);
    }
  }
}

const MIX = ["plain", "plain", "plain", "mail", "mail", "keyed", "keyed", "fleeting", "chained", "slow", "novel"];
const WITH_UNIQUE_KEYS = ["single", "latest", "latest", "calm"];
const WITH_RATES = ["paced", "paced"];
const WITH_EXPIRY = ["fresh", "fresh"];
const WITH_ORDER = ["ordered", "ordered"];
const WITH_DEPTH = ["shallow", "shallow"];
/** Many of these come at once now and then, so that lines are long. */
const CROWDS = ["tenant", "ordered", "shallow"];
const WITH_LIMITS = ["tenant", "tenant", "tenant"];

function newRequest(random: () => number, mix: readonly string[], id: string): JobRequest {
  const kind = random() < 0.015 ? "poison" : pick(random, mix);
  if (kind === "keyed") {
    const key = between(random, 1, KEYS);
    // Every request for this id is the same.
    return request(kind, key, { id: `key-${key}` });
  }
  const delay = random() < (kind === "calm" ? 0.9 : 0.2) ? { delay: between(random, 1, 20_000) } : {};
  const priority = random() < 0.2 ? { priority: between(random, 0, 9) } : {};
  return request(kind, between(random, 0, 1_000_000), { id, ...delay, ...priority });
}

/** Jobs without keys, of which others may come after. */
const PARENTS = ["plain", "mail", "fleeting", "slow", "novel", "child", "tolerant"];

/** Some jobs, and one that comes after them, and after one that there was before. */
function newFamily(random: () => number, id: string, others: readonly ObservedRow[]): JobRequest[] {
  const parents = Array.from({ length: between(random, 1, 4) }, (_, i) => newRequest(random, PARENTS, `${id}-of-${i}`));
  const known = others.length > 0 && random() < 0.3 ? [{ id: pick(random, others).job.id }] : [];
  const kind = pick(random, ["child", "tolerant"]);
  const onFailed = kind === "tolerant" ? ({ onFailed: "run" } as const) : {};
  const child = request(kind, between(random, 0, 1_000_000), {
    id: `${id}-child`,
    after: [...parents, ...known],
    ...onFailed,
  });
  return [...parents, child];
}

/** Cancels, replays, removes, hurries, changes and pauses, until the faults end. */
export async function operate(actor: ActorContext): Promise<void> {
  const { process, checker, store } = actor;
  const { random } = process;
  const queue = queueOf(actor);
  while (!actor.quiet()) {
    await process.sleep(random() * 8_000);
    const known = [...checker.rows.all.keys()];
    const id = known.length > 0 && random() < 0.95 ? pick(random, known) : "nobody";
    const paused = pick(random, QUEUES);
    switch (pick(random, VERBS)) {
      case "cancel":
        await attempt(actor, () => queue.cancel(id));
        break;
      case "replay":
        await attempt(actor, async () => {
          const { jobs } = await queue.list({ state: pick(random, ["dead", "cancelled"] as const), limit: 3 });
          await queue.replayMany(jobs);
        });
        break;
      case "runNow":
        await attempt(actor, () => queue.runNow(id));
        break;
      case "remove":
        await attempt(actor, () => queue.remove(id));
        break;
      case "update": {
        const definition = DEFINITIONS[checker.rows.all.get(id)?.job.name ?? ""];
        const n = between(random, 0, 1_000_000);
        const due = random() < 0.3 ? { delay: between(random, 0, 5_000) } : {};
        const changes = { ...due, ...(random() < 0.7 ? { input: { n } } : { priority: between(random, 0, 9) }) };
        if (definition && "update" in store) await attempt(actor, () => queue.update(definition, id, changes));
        break;
      }
      case "inspect":
        await attempt(actor, () => queue.get(id));
        await attempt(actor, () => queue.counts());
        break;
      case "pause":
        await attempt(actor, () => queue.pause(paused));
        await process.sleep(random() * 5_000);
        await attempt(actor, () => queue.resume(paused));
    }
  }
}

const VERBS = [
  "cancel",
  "cancel",
  "replay",
  "replay",
  "runNow",
  "remove",
  "update",
  "update",
  "inspect",
  "pause",
] as const;

const nothing = (): void => {};
export const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
