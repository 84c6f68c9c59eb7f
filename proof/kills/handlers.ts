import { type Handler, type JobContext, type Schedule, handle, schedule } from "@longshore/core";
import {
  type Input,
  type Signature,
  TICK,
  TICK_RULE,
  brief,
  child,
  childOf,
  doomed,
  flaky,
  parent,
  plain,
  tick,
} from "./jobs.ts";
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
  const execute = async (input: Input, context: JobContext, fails = false): Promise<Signature> => {
    const { ms, id = context.id } = input;
    const signed = async (): Promise<Signature> => {
      const { attempt, token } = context;
      await note({ type: "executed", id, attempt, token, by, fails, ageMs: ageOf?.(token) });
      return { token, attempt };
    };
    const signature = await signed();
    await wait(ms);
    if (fails) throw new Error("as it should");
    if (input.id !== undefined) await note({ type: "finished", id });
    // Where its lease had ended, its worker may have claimed it once more, and the run goes on under that claim.
    return context.token === signature.token ? signature : signed();
  };
  return [
    ...[plain, brief, child, tick].map((job) => handle(job, (input, context) => execute(input, context))),
    handle(flaky, (input, context) => execute(input, context, context.attempt === 1)),
    handle(doomed, (input, context) => execute(input, context, true)),
    handle(parent, (input, context) => {
      const { ms, id } = input;
      if (id === undefined) context.enqueue(child.with({ ms }, { id: childOf(context.id) }));
      else context.enqueue(child.with({ ms, id: childOf(id) }));
      return execute(input, context);
    }),
  ];
}

export const schedules: readonly Schedule[] = [
  schedule(TICK, TICK_RULE, tick.with({ ms: 0 }), { missed: { all: 1_000 } }),
];
