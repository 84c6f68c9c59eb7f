import type { Traits } from "../contract/contract.ts";
import type { Due } from "../contract/enqueue.ts";
import type { JobRef } from "../contract/job.ts";
import type { Change } from "../contract/operating.ts";
import { refuse } from "../values/errors.ts";
import { checkInteger } from "../values/limits.ts";
import { type Checks, anything, checkOptions } from "../values/options.ts";
import type { ClockAndIds } from "../runtime/platform.ts";
import { type AnyDefinition, type JobOptions, aDefinition } from "./definition.ts";
import { dueOf, newJob } from "./request.ts";

/** Options that travel with the input: a new one comes with those of its call, or without. */
const OF_INPUT = ["metadata", "attempts", "timeout"] as const;

/** What is to be of a job that has not begun. What is left out stays. */
export type Changes<Input> = Pick<JobOptions, "delay" | "runAt" | "priority" | (typeof OF_INPUT)[number]> & {
  /**
   * The whole new input. Metadata is derived from it again, unless it is given; `attempts` and `timeout` of the job alone
   * have to be given again. All three need an input.
   */
  readonly input?: Input | undefined;
};

const CHECKS: Checks<Changes<unknown>> = {
  input: anything,
  delay: anything,
  runAt: anything,
  priority: anything,
  metadata: anything,
  attempts: anything,
  timeout: anything,
};

/** The contract's form of changes, checked as those of an enqueue. */
export async function changeOf(
  definition: AnyDefinition,
  { id, partition }: JobRef,
  changes: Changes<unknown>,
  traits: Traits,
  platform: ClockAndIds,
): Promise<Change> {
  aDefinition(definition, "definition");
  const { name } = definition;
  checkOptions(`update of ${name}`, changes, CHECKS);
  const { input, ...options } = changes;
  const { delay, runAt, priority } = options;
  const due: Due | undefined = delay === undefined && runAt === undefined ? undefined : dueOf(options, traits);
  if (priority !== undefined) checkInteger(priority, 0, 9, "priority");
  const rest = { id, partition, name, priority, due };
  if (input === undefined) {
    for (const option of OF_INPUT)
      if (options[option] !== undefined) refuse("invalid_option", option, "given with an input", options[option]);
    return rest;
  }
  const { payload, headers } = await newJob({ definition, input, options }, traits, platform, {
    id,
    partition: partition ?? id,
  });
  return { ...rest, data: { payload, headers } };
}
