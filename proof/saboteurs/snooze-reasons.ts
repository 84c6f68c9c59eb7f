import { type Row, stateAt } from "@longshore/conformance/tools";
import type { StoredJob } from "@longshore/core/adapter";
import { type Saboteur, mapRow, sabotage } from "./saboteur.ts";

/** Keeps something else of a settlement than why the job waits. */
function keeping(name: string, change: (kept: Row["snoozed"], before: Row, now: number) => Row["snoozed"]): Saboteur {
  return sabotage(name, "settle", ({ state, input: [settlements], now, correct }) => {
    const step = correct();
    let changed = step.state;
    settlements.forEach(({ id }, i) => {
      const before = state.rows.get(id);
      if (step.answer[i] !== "accepted" || before === undefined) return;
      changed = mapRow(changed, id, (row) => ({ ...row, snoozed: change(row.snoozed, before, now) }));
    });
    return { ...step, state: changed };
  });
}

/** Shows something else than what a job waits for. */
function showing(name: string, change: (job: StoredJob, row: Row | undefined) => string | undefined): Saboteur {
  return sabotage(name, "get", ({ state, correct }) => {
    const { answer } = correct();
    return {
      state,
      answer: answer.map((job) => {
        if (job === undefined) return job;
        const { waitsFor: _waitsFor, ...rest } = job;
        const waitsFor = change(job, state.rows.get(job.id));
        return waitsFor === undefined ? rest : { ...rest, waitsFor };
      }),
    };
  });
}

export const snoozeReasonSaboteurs: readonly Saboteur[] = [
  keeping("forgets why a job was snoozed", () => undefined),
  keeping("counts a reason from the newest snooze", (kept, before, now) =>
    kept === undefined || kept === before.snoozed ? kept && { ...kept, since: now } : kept,
  ),
  keeping("keeps the first reason for ever", (kept, before) => before.snoozed ?? kept),
  keeping(
    "counts another reason from when the first began",
    (kept, before) => kept && { ...kept, since: before.snoozed?.since ?? kept.since },
  ),
  keeping("takes a word that is left out for the end of the reason", (kept, before) =>
    kept === before.snoozed && kept !== undefined ? undefined : kept,
  ),
  keeping("goes on with the reason after a failure", (kept, before) => kept ?? before.snoozed),
  sabotage("goes on with the reason after a replay", "replay", ({ state, input: [refs], correct }) => {
    const step = correct();
    let changed = step.state;
    for (const { id } of refs)
      changed = mapRow(changed, id, (row) => ({ ...row, snoozed: state.rows.get(id)?.snoozed }));
    return { ...step, state: changed };
  }),
  showing("shows a reason only before the job is due", (job, row) =>
    row && stateAt(row, row.dueAt - 1) === job.state ? job.waitsFor : undefined,
  ),
  showing("shows a reason of what runs or has ended, too", (job, row) => job.waitsFor ?? row?.snoozed?.reason),
  showing("does not show that a queue is paused", (_job, row) => row?.snoozed?.reason),
  sabotage("shows no reason in a list", "list", ({ correct }) => {
    const { state, answer } = correct();
    return { state, answer: { ...answer, jobs: answer.jobs.map(({ waitsFor: _waitsFor, ...job }) => job) } };
  }),
  sabotage("claims without saying why the job waited", "claim", ({ correct }) => {
    const { state, answer } = correct();
    return { state, answer: answer.map(({ snoozed: _snoozed, ...job }) => job) };
  }),
];
