import { Unmet } from "../expect.ts";
import { type Need, METHODS, missing } from "../need.ts";
import type { Make, Subject } from "../subject.ts";
import { type StoreStep, storeMoves } from "./choices.ts";
import { startDuel } from "./duel.ts";
import { type HistoryOptions, explore } from "./history.ts";
import type { Within } from "./side.ts";

export type DifferentialOptions = HistoryOptions & {
  /** Where order and the growth of tokens are promised; `partition` for stores made of several. Default: `store`. */
  readonly within?: Within;
};

/** Without these, a store's answers cannot be foretold. */
const NEEDED = ["Pull", "unique", "ordered", "fenced"] as const;
const COMPARED = ["Pull", "Renew", "Wake", "Inspect", "Control", "Prune", "Schedules"] as const;

/**
 * Walks a full store and the model through random histories and compares every answer, and everything that can be
 * seen from outside after each step. Rejects with the shortest failing history that it finds. A subject that can
 * `reopen` is killed now and then.
 */
export async function checkAgainstModel(make: Make, options: DifferentialOptions): Promise<void> {
  const { within = "store" } = options;
  const subject = await look(make);
  refuse("the model is of a full store", [...NEEDED, ...COMPARED], subject);
  const verbs = verbsOf([subject]);
  const start = () => startDuel({ make, within, verbs });
  await explore("the adapter differs from the model", storeMoves(verbs), start, options);
}

/**
 * Walks two stores through the same random histories, by the verbs that both have, and compares every answer up to
 * tokens. Rejects with the shortest history after which they differ.
 */
export async function checkTwins(one: Make, other: Make, options: DifferentialOptions): Promise<void> {
  const { within = "store" } = options;
  const subjects = [await look(one), await look(other)];
  for (const subject of subjects) refuse("twins are stores that are claimed from", NEEDED, subject);
  const verbs = verbsOf(subjects);
  const start = () => startDuel({ make: one, other, within, verbs });
  await explore("the twins differ", storeMoves(verbs), start, options);
}

async function look(make: Make): Promise<Subject> {
  const subject = await make({ clock: { now: () => 0 } });
  await subject.dispose?.();
  return subject;
}

function refuse(why: string, needs: readonly Need[], subject: Subject): void {
  const reasons = needs.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
  if (reasons.length > 0) throw new Unmet(`${why}: ${reasons.join("; ")}`);
}

function verbsOf(subjects: readonly Subject[]): ReadonlySet<StoreStep["operation"]["verb"]> {
  const shared = COMPARED.filter((need) => subjects.every((subject) => missing(need, subject) === undefined));
  const reopened = subjects.some((subject) => missing("reopen", subject) === undefined);
  return new Set([
    "enqueue",
    "settle",
    ...shared.flatMap((need) => METHODS[need]),
    ...(reopened ? ["reopen"] : []),
  ] as StoreStep["operation"]["verb"][]); // each is a store's verb
}
