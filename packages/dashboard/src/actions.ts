import { type ControlAnswer, LongshoreError } from "@longshore/core";
import { type Checks, anObject, anything, checkOptions, listOf, oneOf } from "@longshore/core/adapter";
import type { Act, Acted, Gate } from "./api.ts";
import type { Store } from "./store.ts";

/** What an action did, for the audit: references and numbers, never a payload. */
export type Done = { readonly answer: object; readonly audit: Readonly<Record<string, unknown>> };

const VERBS = { cancel: "cancelMany", replay: "replayMany", runNow: "runNowMany", remove: "removeMany" } as const;
const ACT: Checks<Act> = { verb: oneOf(...Object.keys(VERBS)), jobs: listOf(anObject) };
const GATE: Checks<Gate> = { verb: oneOf("pause", "resume"), queue: anything };
/** References in one line of the audit. */
const MOST_NAMED = 50;

type Body = Readonly<Record<string, unknown>>;

/** What an action is about, as the audit tells it, even of one that fails. Texts are cut, and a cursor is nobody's business. */
export function targetOf({ jobs, ...rest }: Body): Readonly<Record<string, unknown>> {
  const named = TOLD.flatMap((field) => (typeof rest[field] === "string" ? [[field, short(rest[field])]] : []));
  if (!Array.isArray(jobs)) return Object.fromEntries(named);
  const ids = jobs.slice(0, MOST_NAMED).map((job) => short(Object(job).id));
  return { ...Object.fromEntries(named), jobs: ids, of: jobs.length };
}
const TOLD = ["verb", "queue", "name", "error"] as const;

/** Cancels, replays, runs or removes up to 1 000 jobs in one call. */
export async function act({ operations }: Store, body: Body): Promise<Done> {
  checkOptions("act", body, ACT);
  ACT.verb(body["verb"], "verb");
  ACT.jobs(body["jobs"], "jobs");
  const { verb, jobs } = body as Act; // checked above; the queue checks each reference
  const answers = await operations()[VERBS[verb]](jobs.map(({ id, partition }) => ({ id, partition })));
  const acted: Acted = { answers };
  return { answer: acted, audit: tally(answers) };
}

/** Pauses or resumes a queue. */
export async function gate({ operations }: Store, body: Body): Promise<Done> {
  checkOptions("gate", body, GATE);
  GATE.verb(body["verb"], "verb");
  const { verb, queue } = body as Gate; // checked above; the queue checks its name
  await operations()[verb](queue);
  return { answer: {}, audit: {} };
}

function tally(answers: readonly ControlAnswer[]): Readonly<Record<ControlAnswer["status"], number>> {
  const counts = { done: 0, refused: 0, gone: 0 };
  for (const { status } of answers) counts[status]++;
  return counts;
}

function short(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, 200) : undefined;
}

export function checkMay(actions: boolean): void {
  if (actions) return;
  throw new LongshoreError("forbidden", "You may look, and not act: your `authorize` gives no `actions`.");
}
