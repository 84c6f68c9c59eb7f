import { type Handler, type JobContext, type Schedule, handle, schedule } from "@longshore/core";
import { type Signature, TICK, TICK_RULE, brief, child, childOf, doomed, flaky, parent, plain, tick } from "./jobs.ts";
import type { Note } from "./note.ts";

export type Running = {
  /** In whose name the runs are noted. */
  readonly by: string;
  /** Rejects where the note did not arrive, which fails the attempt: no run is without one. */
  note(note: Note): Promise<void>;
  wait(ms: number): Promise<unknown>;
  /** The job's age at the claim with this token, where the claim could be seen. */
  ageOf?(token: number): number | undefined;
};

/** The handlers of all jobs: each notes that it was entered, takes its time, and signs its result. */
export function handlersOf({ by, note, wait, ageOf }: Running): Handler[] {
  const execute = async (ms: number, context: JobContext, fails = false): Promise<Signature> => {
    const { id, attempt, token } = context;
    await note({ type: "executed", id, attempt, token, by, fails, ageMs: ageOf?.(token) });
    await wait(ms);
    if (fails) throw new Error("as it should");
    return { token, attempt };
  };
  return [
    ...[plain, brief, child, tick].map((job) => handle(job, ({ ms }, context) => execute(ms, context))),
    handle(flaky, ({ ms }, context) => execute(ms, context, context.attempt === 1)),
    handle(doomed, ({ ms }, context) => execute(ms, context, true)),
    handle(parent, ({ ms }, context) => {
      context.enqueue(child.with({ ms }, { id: childOf(context.id) }));
      return execute(ms, context);
    }),
  ];
}

export const schedules: readonly Schedule[] = [
  schedule(TICK, TICK_RULE, tick.with({ ms: 0 }), { missed: { all: 1_000 } }),
];
