import { refuse } from "../values/errors.ts";
import { type Check, type Checks, aFunction, anObject, anything, checkOptions } from "../values/options.ts";
import type { AnySchema, InputOf } from "../values/schema.ts";

/** What of its definition is used here. */
export type Following = {
  readonly name: string;
  readonly input: AnySchema;
  readonly onDead: OnDead<never> | undefined;
};

/** What follows a job that is dead: one job, enqueued in the operation that buries it, in its partition. */
export type OnDead<Input, Follower extends Following = Following> = {
  /** Its definition, which has another name. */
  readonly job: Follower;
  /** Makes its input, in the worker, from that of the dead job as it is stored. */
  readonly input: (input: Input, dead: DeadJob) => InputOf<Follower["input"]>;
};

/** A job that is about to be dead. */
export type DeadJob = {
  readonly id: string;
  /** The last one, from 1. */
  readonly attempt: number;
  /** The message of its last failure. */
  readonly error: string;
};

const CHECKS: Checks<OnDead<unknown>> = { job: anything, input: aFunction };

/** `aDefinition`: how definitions are recognised. */
export function checkOnDead(value: unknown, what: string, aDefinition: Check): void {
  anObject(value, what);
  checkOptions(what, value as object, CHECKS); // it is one
  const { job, input } = value as Partial<OnDead<unknown>>;
  aDefinition(job, `job of ${what}`);
  aFunction(input, `input of ${what}`);
}

/** A definition that died into itself would never end. Fails with `invalid_option`. */
export function checkFollowers(name: string, onDead: Following["onDead"]): void {
  for (let job = onDead?.job; job !== undefined; job = job.onDead?.job) {
    if (job.name === name)
      refuse("invalid_option", `job of onDead of ${name}`, "of another name, and so are those after it", name);
  }
}
