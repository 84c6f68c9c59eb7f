import {
  type EnqueueAnswer,
  type HeldKey,
  type NewJob,
  decideByKey,
  dueInstant,
  dueWithKey,
  heldKey,
  refusedFull,
  refusedTogether,
  standIns,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { type Family, refusal } from "./family.ts";
import { type KeyedRow, keyedJob } from "./keys.ts";
import { NO_HISTORY, type Row, newRow, startPatience, stateAt } from "./row.ts";
import type { Structures } from "./structures.ts";

export type Insert = (jobs: readonly NewJob[], now: number) => EnqueueAnswer[];

const CREATED: EnqueueAnswer = Object.freeze({ status: "created" });

export function inserting(structures: Structures, family: Family, stats: Statistics | undefined): Insert {
  const { rows, queueStates, keys, lanes, queueStateOf, nextSeq, detach, enter, letThrough } = structures;

  const openIn = (queue: string): number => queueStates.get(queue)?.open ?? 0;
  const create = (job: NewJob, now: number, held?: HeldKey): Row => {
    const dueAt = held === undefined ? dueInstant(job.due, now, 1) : dueWithKey(job, held, now, 1);
    const row = newRow(job, nextSeq(), now, dueAt, held);
    if (job.startWithinMs !== undefined) startPatience(row, now);
    rows.set(job.id, row);
    queueStateOf(job.queue).open++;
    stats?.enqueued(job, now);
    return row;
  };
  /** A row that waits gets the data of another job. */
  const replace = (row: KeyedRow, job: NewJob, now: number): void => {
    const isBehind = row.location === "behind";
    lanes.leave(row);
    detach(row);
    const { id, partition } = row.job;
    const { settledBy, failures } = row.history ?? NO_HISTORY;
    const held = heldKey(job, now, row.held);
    queueStateOf(row.job.queue).open--;
    queueStateOf(job.queue).open++;
    Object.assign(row, { job: { ...job, id, partition }, held, attempt: 0, bornAt: now });
    row.history = { settledBy, failures };
    row.key = dueWithKey(job, held, now, 1);
    startPatience(row, now);
    if (isBehind) row.location = "behind";
    else enter(row, now);
  };
  const insertKeyed = (job: NewJob, held: HeldKey, now: number): EnqueueAnswer => {
    const holder = keys.holder(held.key, now);
    const behind = keys.behind.get(held.key);
    const decision = decideByKey({ id: job.id, unique: held }, keyedJob(holder, now), keyedJob(behind, now));
    switch (decision.type) {
      case "replace":
        replace((decision.target === "holder" ? holder : behind) as KeyedRow, job, now); // the target exists
        return decision.answer;
      case "answer":
        return decision.answer;
    }
    const full = refusedFull(job, openIn(job.queue));
    if (full !== undefined) return full;
    const row = create(job, now, held) as KeyedRow; // it has its key
    if (decision.type === "insert") {
      keys.holders.set(held.key, row);
      enter(row, now);
      return CREATED;
    }
    keys.behind.set(held.key, row);
    row.location = "behind";
    return { status: "queued_behind", id: job.id };
  };
  const insertOne = (job: NewJob, now: number): EnqueueAnswer => {
    const standing = rows.get(job.id);
    if (standing !== undefined) return { status: "duplicate", state: stateAt(standing, now) };
    const held = job.unique && heldKey(job, now);
    if (held !== undefined) return insertKeyed(job, held, now);
    const full = job.maxDepth === undefined ? undefined : refusedFull(job, openIn(job.queue));
    if (full !== undefined) return full;
    const row = create(job, now);
    if (job.after === undefined) enter(row, now);
    else row.location = "after";
    return CREATED;
  };
  /** Links the jobs that a call has created with their parents. */
  const link = (jobs: readonly NewJob[], answers: readonly EnqueueAnswer[], now: number): void => {
    const standing = standIns(jobs, answers);
    const children: Row[] = [];
    for (const [i, job] of jobs.entries()) {
      const row = rows.get(job.id);
      // A repeated call has the same jobs, whose rows are linked.
      if (job.after === undefined || row === undefined || answers[i]?.status !== "created") continue;
      const parents = job.after.jobs.flatMap(({ id }) => rows.get(id) ?? rows.get(standing.get(id) ?? "") ?? []);
      family.link(row, [...new Set(parents)], job.after.onFailed, now);
      children.push(row);
    }
    for (const row of children) family.begin(row, now);
  };

  return (jobs, now) => {
    const isFlow = jobs.some(({ after }) => after !== undefined);
    const refused = isFlow ? (refusal(rows, jobs) ?? refusedTogether(jobs, (id) => rows.has(id), openIn)) : undefined;
    if (refused !== undefined) return jobs.map(() => refused);
    const answers = jobs.map((job) => insertOne(job, now));
    if (isFlow) link(jobs, answers, now);
    letThrough(now);
    return answers;
  };
}
