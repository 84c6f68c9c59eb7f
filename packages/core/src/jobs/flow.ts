import { refuse } from "../values/errors.ts";
import { checkBatch } from "../values/limits.ts";
import { anObject, listOf, mustBe, withMethods } from "../values/options.ts";
import type { JobRequest } from "./definition.ts";
import type { EnqueuedOrFailed } from "./queue-types.ts";
import type { Lacking } from "./request.ts";

/** By the name of a job, the names of those that it comes after. */
export type FlowParents<Name extends string> = { readonly [N in Name]?: readonly Exclude<Name, N>[] };

/**
 * Enqueues a tree or a graph of jobs, by names of your own: `parents` says which comes after which, as the option `after`
 * does. All or none, in one `enqueueMany`, so at most 1 000 jobs. Returns its answers by name. Fails as `enqueueMany`
 * does, and with `invalid_option` for an unknown name and for a cycle.
 *
 * ```ts
 * const requests = { small: resize.with({ width: 320 }), large: resize.with({ width: 1920 }), album: publish.with({}) };
 * const { album } = await flow(queue, requests, { album: ["small", "large"] });
 * ```
 */
export async function flow<Able extends string, const Name extends string>(
  queue: { enqueueMany(requests: readonly JobRequest<Able>[]): Promise<readonly EnqueuedOrFailed[]> },
  jobs: { readonly [N in Name]: JobRequest<NoInfer<Able>> },
  parents: "after" extends Able ? FlowParents<NoInfer<Name>> : Lacking["after"],
): Promise<{ readonly [N in Name]: EnqueuedOrFailed }> {
  withMethods("enqueueMany")(queue, "queue of flow");
  anObject(jobs, "jobs of flow");
  anObject(parents, "parents of flow");
  const requests = new Map<string, JobRequest<Able>>(Object.entries(jobs));
  checkBatch([...requests]);
  const aName = mustBe("a name of its jobs", (name) => requests.has(name as string));
  const edges = new Map(Object.entries<readonly string[] | undefined>(parents as FlowParents<string>));
  for (const [name, names] of edges) {
    aName(name, "name in the parents of flow");
    if (names !== undefined) listOf(aName)(names, `parents of ${name}`);
  }

  const made = new Map<string, JobRequest<Able>>();
  const make = (name: string, below: readonly string[]): JobRequest<Able> => {
    const path = [...below, name];
    if (below.includes(name)) refuse("invalid_option", "parents of flow", "without a cycle", path.join(" after "));
    const request = made.get(name) ?? (requests.get(name) as JobRequest<Able>); // the names are checked
    const names = edges.get(name);
    if (names === undefined || made.has(name)) return request;
    const { options } = Object(request) as Partial<JobRequest>; // anything else is refused by the queue
    const after = [...(options?.after ?? []), ...names.map((parent) => make(parent, path))];
    const child = { ...request, options: { ...options, after } };
    made.set(name, child);
    return child;
  };
  const names = [...requests.keys()];
  const answers = await queue.enqueueMany(names.map((name) => make(name, [])));
  return Object.fromEntries(names.map((name, i) => [name, answers[i]])) as { readonly [N in Name]: EnqueuedOrFailed }; // its names
}
