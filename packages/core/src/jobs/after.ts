import type { Traits } from "../contract/contract.ts";
import type { After, NewJob } from "../contract/enqueue.ts";
import type { JobRef } from "../contract/job.ts";
import { refuse } from "../values/errors.ts";
import { checkRef } from "../values/limits.ts";
import { type Checks, checkOptions } from "../values/options.ts";
import type { JobRequest, Parent } from "./definition.ts";

const REF: Checks<{ id: unknown; partition: unknown }> = {
  id: (id) => checkRef(id as string, "id"), // which checks the type, too
  partition: (partition) => checkRef(partition as string, "partition"),
};

/**
 * The jobs of one call with their parents, whose requests may be others of the call. A job without a partition of its own
 * gets that of its first parent. Fails with `invalid_option` for a cycle, for a request of another call, and for a job
 * with a unique key; with `invalid_id`; and with `payload_too_large`, because the ids are stored with the payload.
 */
export function linked(
  requests: readonly JobRequest<string>[],
  jobs: readonly NewJob[],
  traits: Traits,
): readonly NewJob[] {
  if (requests.every(({ options }) => options.after === undefined)) return jobs;
  if (traits.dependencies !== true) refuse("invalid_option", "after", "left out on this backend", "jobs");
  const byRequest = new Map(requests.map((request, i) => [request, jobs[i]]));
  const places = new Map(jobs.map(({ id }, i) => [id, i]));
  const refs = requests.map(({ options, definition }) =>
    (options.after ?? []).map((parent) => refOf(parent, byRequest, definition.name)),
  );
  const made = [...jobs];
  for (const i of inOrder(refs, places, jobs)) {
    const [request, job, parents = []] = [requests[i], jobs[i], refs[i]];
    if (request === undefined || job === undefined || parents.length === 0) continue;
    const known = parents.map((ref) => made[places.get(ref.id) ?? -1] ?? ref);
    made[i] = after(job, known, request.options.onFailed ?? "dead", traits);
  }
  return made;
}

function after(job: NewJob, parents: readonly JobRef[], onFailed: After["onFailed"], traits: Traits): NewJob {
  const { name, unique, partition = parents[0]?.partition ?? parents[0]?.id } = job;
  // Who replaces such a job would have other parents, or none.
  if (unique !== undefined)
    refuse("invalid_option", `unique of ${name}`, "left out on a job that comes after others", "a key");
  const jobs = parents.map((ref): JobRef => ({ id: ref.id, partition: ref.partition }));
  const bytes = job.payload.length + jobs.reduce((sum, { id }) => sum + id.length + 3, 0);
  if (bytes > traits.maxPayloadBytes) {
    refuse(
      "payload_too_large",
      `input of ${name}, with the ids that it comes after,`,
      `at most ${traits.maxPayloadBytes} bytes`,
      bytes,
    );
  }
  return { ...job, partition, after: { jobs, onFailed } };
}

function refOf(parent: Parent, made: ReadonlyMap<unknown, NewJob | undefined>, name: string): JobRef {
  if (typeof parent === "string") {
    checkRef(parent, "id");
    return { id: parent };
  }
  const ofThisCall = made.get(parent);
  if (ofThisCall !== undefined) return ofThisCall;
  const ref = Object(parent) as Partial<JobRef & JobRequest>; // anything else is refused
  if (ref.definition !== undefined)
    refuse("invalid_option", `after of ${name}`, "jobs, or requests of the same enqueueMany", "another request");
  const { id, partition } = ref;
  checkOptions(`after of ${name}`, { id, partition }, REF);
  REF.id(id, "id");
  return { id: id as string, partition }; // checked above
}

/** The places of a call's jobs, parents before their children. Fails with `invalid_option` if there is a cycle. */
function inOrder(
  refs: readonly (readonly JobRef[])[],
  places: ReadonlyMap<string, number>,
  jobs: readonly NewJob[],
): readonly number[] {
  const children = refs.map((): number[] => []);
  const open = refs.map((parents, i) => {
    const own = new Set(parents.flatMap(({ id }) => places.get(id) ?? []));
    for (const parent of own) children[parent]?.push(i);
    return own.size;
  });
  const order = open.flatMap((count, i) => (count === 0 ? [i] : []));
  // The list grows.
  for (const i of order) {
    for (const child of children[i] ?? []) {
      const left = (open[child] ?? 0) - 1;
      open[child] = left;
      if (left === 0) order.push(child);
    }
  }
  const stuck = open.findIndex((count) => count > 0);
  if (stuck >= 0) refuse("invalid_option", "after", "without a cycle", `one through ${jobs[stuck]?.id}`);
  return order;
}
