import { LongshoreError } from "@longshore/core";
import {
  type ControlAnswer,
  type EnqueueAnswer,
  type JobRef,
  type Limits,
  type NewJob,
  type StoredJob,
  keyScope,
} from "@longshore/core/adapter";
import type { Methods, Verb } from "../wire.ts";
import { EVERY, type Grant, covers, mentions } from "./grants.ts";
import { aboutParent, knownParents } from "./parents.ts";

/** Rows are large, and only their queues and names are wanted. */
const LOOKED_UP_AT_ONCE = 100;
const GONE: ControlAnswer = { status: "gone" };
const REDACTED = '"[redacted]"';

/** It tells the caller's own number, and no secret. */
const FULL = /^the queue \S{1,200} is full: at least \d+ of its jobs have not ended$/;

/**
 * The adapter as a caller with these grants sees it. A call that is not covered whole is refused before anything
 * happens. Verbs that name only ids are decided by the rows that stand; an id without a row is answered here and not
 * passed on, so that the row of another queue that appears meanwhile is not touched (docs/decisions/0031). `conceal`: what
 * the caller is told in place of a backend's own words.
 */
export function limitTo(grants: readonly Grant[], adapter: Methods, conceal: (reason: string) => string): Methods {
  const may = (verb: Verb, queue: string | typeof EVERY, name: string | typeof EVERY): boolean =>
    covers(grants, verb, queue, name);

  const need = (verb: Verb, queue: string | typeof EVERY, name: string | typeof EVERY): void => {
    if (may(verb, queue, name)) return;
    const jobs = name === EVERY ? "all jobs" : `jobs named ${name}`;
    throw forbidden(`${verb} ${jobs} of ${queue === EVERY ? "all queues" : `the queue ${queue}`}`);
  };
  /** Returns the job as it may be passed on. */
  const needEnqueue = async (jobs: readonly NewJob[]): Promise<(job: NewJob) => NewJob> => {
    for (const { id, partition = id, queue, name, unique, limits } of jobs) {
      need("enqueue", queue, name);
      if (unique !== undefined) needKey(unique.key, queue, name);
      if (limits !== undefined) needLimits(limits, queue, name);
      // The library's own: with the id of an occurrence to come, the schedule would skip it.
      if (id.startsWith("$") || partition.startsWith("$")) need("enqueue", EVERY, EVERY);
    }
    if (may("enqueue", EVERY, EVERY) || !jobs.some(({ after }) => after)) return (job) => job;
    if (!adapter.get) throw forbidden("enqueue jobs after others here: this adapter cannot tell whose those are");
    return knownParents(jobs, lookUp, ({ queue, name }, { id }) => {
      if (!may("enqueue", queue, name)) throw forbidden(`enqueue a job that comes after ${id}`);
    });
  };

  /** A number of the queue holds up all jobs in it, and one of a key those of the key's scope. */
  const needLimits = ({ queue: places, key }: Limits, queue: string, name: string): void => {
    if (places !== undefined) need("enqueue", queue, EVERY);
    if (key !== undefined) needKey(key, queue, name);
  };
  /** An enqueue may change the job that holds its key: any of the key's scope. */
  const needKey = (key: string, queue: string, name: string): void => {
    const scope = keyScope(key);
    if (scope.queue !== queue) return need("enqueue", EVERY, EVERY);
    if (scope.name !== name) need("enqueue", scope.name === undefined ? queue : EVERY, EVERY);
  };

  const lookUp = async (refs: readonly JobRef[]): Promise<(Pick<StoredJob, "queue" | "name"> | undefined)[]> => {
    const rows: (Pick<StoredJob, "queue" | "name"> | undefined)[] = [];
    for (let from = 0; from < refs.length; from += LOOKED_UP_AT_ONCE) {
      const part = refs.slice(from, from + LOOKED_UP_AT_ONCE).map(({ id, partition }) => ({ id, partition }));
      for (const row of await adapter.get(part)) rows.push(row && { queue: row.queue, name: row.name });
    }
    return rows;
  };
  /** A verb that names only ids. `missing`: the answer about an id without a row. */
  const byId = async <R extends JobRef, A>(
    verb: Verb,
    refs: readonly R[],
    missing: A,
    run: (refs: readonly R[]) => Promise<readonly A[]>,
  ): Promise<readonly A[]> => {
    if (may(verb, EVERY, EVERY)) return run(refs);
    if (!adapter.get) throw forbidden(`${verb} here: this adapter cannot tell whose job it is`);
    const rows = await lookUp(refs);
    rows.forEach((row, i) => {
      if (row && !may(verb, row.queue, row.name)) throw forbidden(`${verb} the job ${refs[i]?.id}`);
    });
    const found = refs.filter((_, i) => rows[i]);
    const answers = found.length === 0 ? [] : await run(found);
    let next = 0;
    return rows.map((row) => (row ? (answers[next++] ?? missing) : missing));
  };
  const redact = (verb: Verb, row: StoredJob): StoredJob => {
    if (covers(grants, verb, row.queue, row.name, true)) return row;
    const { result, failures, uniqueKey, ...rest } = row;
    return {
      ...rest,
      payload: REDACTED,
      ...(result !== undefined && { result: REDACTED }),
      ...(uniqueKey !== undefined && { uniqueKey: REDACTED }), // made of the input
      failures: failures.map(({ message, attempt, at }) => ({ message, attempt, at })),
    };
  };
  const shown = (answer: EnqueueAnswer): EnqueueAnswer => {
    if (answer.status !== "failed") return answer;
    const { message, ...told } = answer;
    if (told.reason === "full" && FULL.test(message)) return answer;
    return { ...told, message: aboutParent(message) ?? conceal(message) };
  };
  const needAnywhere = (verb: Verb): void => {
    if (!mentions(grants, verb)) throw forbidden(verb);
  };

  return {
    name: adapter.name,
    traits: adapter.traits,

    async enqueue(jobs) {
      needAnywhere("enqueue");
      const allowed = await needEnqueue(jobs);
      return (await adapter.enqueue(jobs.map(allowed))).map(shown);
    },
    async settle(settlements) {
      needAnywhere("settle");
      const allowed = await needEnqueue(settlements.flatMap(({ next = [] }) => next));
      const passed = settlements.map((one) => (one.next ? { ...one, next: one.next.map(allowed) } : one));
      const answers = await byId("settle", passed, "gone" as const, (found) => adapter.settle(found));
      return answers.map((answer) =>
        typeof answer === "string" ? answer : { ...answer, next: answer.next.map(shown) },
      );
    },
    async claim(request) {
      needAnywhere("claim");
      for (const { name } of request.queues) {
        need("claim", name, EVERY);
        if (!covers(grants, "claim", name, EVERY, true)) throw forbidden(`read payloads, which a claim brings`);
      }
      return adapter.claim(request);
    },
    async renew(leases, leaseMs) {
      needAnywhere("renew");
      return byId("renew", leases, "lost", (found) => adapter.renew(found, leaseMs));
    },
    async dueInMs(wanted) {
      needAnywhere("dueInMs");
      for (const queue of wanted.queues) need("dueInMs", queue, EVERY);
      if (wanted.schedules.length > 0) need("dueInMs", EVERY, EVERY);
      return adapter.dueInMs(wanted);
    },
    onWake(listener) {
      needAnywhere("onWake");
      return adapter.onWake(listener);
    },

    async get(refs) {
      needAnywhere("get");
      const rows = await adapter.get(refs);
      return rows.map((row) => {
        if (row && !may("get", row.queue, row.name)) throw forbidden(`get the job ${row.id}`);
        return row && redact("get", row);
      });
    },
    async list(request) {
      needAnywhere("list");
      need("list", request.queue ?? EVERY, EVERY);
      const page = await adapter.list(request);
      return { ...page, jobs: page.jobs.map((row) => redact("list", row)) };
    },
    async counts(states) {
      needAnywhere("counts");
      return (await adapter.counts(states)).filter(({ queue }) => may("counts", queue, EVERY));
    },

    cancel: (refs) => operate("cancel", refs),
    replay: (refs) => operate("replay", refs),
    runNow: (refs) => operate("runNow", refs),
    remove: (refs) => operate("remove", refs),
    async update(changes) {
      needAnywhere("update");
      return byId("update", changes, GONE, (found) => adapter.update(found));
    },
    async pause(queue) {
      need("pause", queue, EVERY);
      await adapter.pause(queue);
    },
    async depth(queue) {
      need("depth", queue, EVERY);
      return adapter.depth(queue);
    },
    async pauseFor(queue, forMs) {
      need("pauseFor", queue, EVERY);
      await adapter.pauseFor(queue, forMs);
    },
    async resume(queue) {
      need("resume", queue, EVERY);
      await adapter.resume(queue);
    },
    async release(keys) {
      needAnywhere("release");
      for (const { key } of keys) {
        const { queue = EVERY, name = EVERY } = keyScope(key);
        need("release", queue, name);
      }
      return adapter.release(keys);
    },
    async prune(limit) {
      need("prune", EVERY, EVERY);
      return (await adapter.prune(limit)).map((row) => redact("prune", row));
    },

    async declare(schedules) {
      need("declare", EVERY, EVERY);
      return adapter.declare(schedules);
    },
    async advance(steps) {
      need("advance", EVERY, EVERY);
      const allowed = await needEnqueue(steps.flatMap(({ job }) => job ?? []));
      const passed = steps.map((step) => (step.job ? { ...step, job: allowed(step.job) } : step));
      return (await adapter.advance(passed)).map((answer) =>
        answer.status === "moved" && answer.job ? { ...answer, job: shown(answer.job) } : answer,
      );
    },
    async listSchedules(request) {
      need("listSchedules", EVERY, EVERY);
      return adapter.listSchedules(request);
    },
    async stats(window) {
      needAnywhere("stats");
      return (await adapter.stats(window)).map(({ coversMs, queues, names, oldest, series }) => ({
        coversMs,
        queues: queues.filter(({ queue }) => may("stats", queue, EVERY)),
        // A name's figures are those of all queues.
        names: names.filter(({ name }) => may("stats", EVERY, name)),
        oldest: oldest.filter(({ queue }) => may("stats", queue, EVERY)),
        // Its parts are over all queues and names.
        series: may("stats", EVERY, EVERY) ? series : undefined,
      }));
    },
    async announce(worker, forMs) {
      needAnywhere("announce");
      await adapter.announce(worker, forMs);
    },
    async workers() {
      needAnywhere("workers");
      return adapter.workers();
    },
  };

  async function operate(
    verb: "cancel" | "replay" | "runNow" | "remove",
    refs: readonly JobRef[],
  ): Promise<readonly ControlAnswer[]> {
    needAnywhere(verb);
    return byId(verb, refs, GONE, (found) => adapter[verb](found));
  }
}

function forbidden(what: string): LongshoreError {
  return new LongshoreError("forbidden", `The caller may not ${what}.`);
}
