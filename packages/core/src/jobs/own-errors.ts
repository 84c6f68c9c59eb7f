import type { Enqueue } from "../contract/contract.ts";
import type { Control, Depth, Inspect, Keys, PauseFor, Update } from "../contract/operating.ts";
import type { ListSchedules } from "../contract/scheduling.ts";
import { backendFailure } from "../values/backend-failure.ts";

export type Traited = Pick<Enqueue, "traits">;
type Verbs = Inspect & Control & Keys & Depth & PauseFor & Update & ListSchedules;

/** All but `enqueue`, whose failure has the ids to repeat it with. One that is missing here does not compile. */
const VERBS: Readonly<Record<keyof Verbs, true>> = {
  get: true,
  list: true,
  counts: true,
  cancel: true,
  replay: true,
  runNow: true,
  remove: true,
  pause: true,
  resume: true,
  release: true,
  depth: true,
  pauseFor: true,
  update: true,
  listSchedules: true,
};

/** The verbs that an adapter has; what their driver throws becomes the cause of an error of ours. */
export function withOwnErrors(adapter: Enqueue & Partial<Verbs>): Traited & Partial<Verbs> {
  const able: Record<string, unknown> = { traits: adapter.traits };
  for (const verb of Object.keys(VERBS) as (keyof Verbs)[]) {
    if (!adapter[verb]) continue;
    able[verb] = async (...input: never[]) => {
      try {
        return await (adapter as unknown as Record<string, (...input: never[]) => unknown>)[verb]?.(...input);
      } catch (error) {
        throw backendFailure(verb, error);
      }
    };
  }
  return able as Traited & Partial<Verbs>; // the same methods
}
