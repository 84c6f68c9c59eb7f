import { AssertionError } from "../expect.ts";
import type { StoreVerb } from "../model/model.ts";
import { type Need, METHODS, has, missing } from "../need.ts";
import type { Make, Subject } from "../subject.ts";
import type { StoreStep } from "./store-context.ts";
import { storeSteps } from "./store-steps.ts";
import { compareDeliveries } from "./delivery-comparison.ts";
import { compareStores } from "./store-comparison.ts";
import { type HistoryOptions, explore } from "./history.ts";
import type { Within } from "./compared-store.ts";
import { type DeliveryStep, deliverySteps } from "./delivery-steps.ts";

export type DifferentialOptions = HistoryOptions & {
  /** Where order and the growth of tokens are promised; `partition` for sharded stores. Default: `store`. */
  readonly within?: Within;
  /** For adapters that deliver: after how many ms a job comes again that a consumer did not settle. Default: 30 000. */
  readonly redeliveryMs?: number;
};

/** Without these, a store's answers cannot be predicted. */
const STORE = ["Pull", "unique", "ordered", "fenced"] as const;
const COMPARED = ["Pull", "Renew", "Wake", "Inspect", "Control", "Prune", "Schedules"] as const;
/** What a store may have, and the model as well. */
const OPTIONAL = ["Keys", "Depth", "PauseFor", "ListSchedules"] as const;

/**
 * Runs an adapter and the model through random histories. For a full store, compares every answer, and after each step
 * everything that is visible from outside. For a broker, compares every delivery as far as brokers promise one: the
 * jobs as sent, their attempts, and their times. Rejects with the shortest failing history that it finds. A subject
 * with `reopen` is sometimes killed.
 */
export async function checkAgainstModel(make: Make, options: DifferentialOptions): Promise<void> {
  const { within = "store", redeliveryMs = REDELIVERY_MS } = options;
  const who = "the adapter differs from the model";
  const subject = await look(make);
  if (missing("broker", subject) === undefined) {
    refuse("the model is of a broker that delivers", ["work"], subject);
    return explore(
      who,
      deliverySteps(deliveryVerbs([subject])),
      () => compareDeliveries({ make, redeliveryMs }),
      options,
    );
  }
  refuse("the model is of a full store", [...STORE, ...COMPARED], subject);
  const verbs = storeVerbs([subject]);
  return explore(
    who,
    storeSteps(verbs),
    () =>
      compareStores({
        make,
        within,
        verbs,
        limited: limitedBy([subject]),
        linked: isLinked([subject]),
        expiring: expires([subject]),
        throttled: throttles([subject]),
        bounded: bounds([subject]),
        inOrder: keepsOrder([subject]),
        ageing: ages([subject]),
      }),
    options,
  );
}

/**
 * Runs two adapters through the same random histories of the verbs that both have, and compares every answer except for
 * tokens. For two stores with claims, compares everything they show; if one delivers, only what both deliver. Rejects
 * with the shortest history after which they differ.
 */
export async function checkAgainstAdapter(one: Make, other: Make, options: DifferentialOptions): Promise<void> {
  const { within = "store", redeliveryMs = REDELIVERY_MS } = options;
  const who = "the adapters differ";
  const subjects = [await look(one), await look(other)];
  if (subjects.some(({ adapter, deliver }) => deliver !== undefined || !has(adapter, "Pull"))) {
    for (const subject of subjects) refuse("there is nothing that both can do", ["work"], subject);
    const start = () => compareDeliveries({ make: one, other, redeliveryMs });
    return explore(who, deliverySteps(deliveryVerbs(subjects)), start, options);
  }
  for (const subject of subjects) refuse("adapters that are claimed from must be stores", STORE, subject);
  const verbs = storeVerbs(subjects);
  return explore(
    who,
    storeSteps(verbs),
    () =>
      compareStores({
        make: one,
        other,
        within,
        verbs,
        limited: limitedBy(subjects),
        linked: isLinked(subjects),
        expiring: expires(subjects),
        throttled: throttles(subjects),
        bounded: bounds(subjects),
        inOrder: keepsOrder(subjects),
        ageing: ages(subjects),
      }),
    options,
  );
}

const REDELIVERY_MS = 30_000;

async function look(make: Make): Promise<Subject> {
  const subject = await make({ clock: { now: () => 0 } });
  await subject.dispose?.();
  return subject;
}

function refuse(why: string, needs: readonly Need[], subject: Subject): void {
  const reasons = needs.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
  if (reasons.length > 0) throw new AssertionError(`${why}: ${reasons.join("; ")}`);
}

function deliveryVerbs(subjects: readonly Subject[]): ReadonlySet<DeliveryStep["operation"]["verb"]> {
  const carried = subjects.every((subject) => missing("Carry", subject) === undefined);
  return new Set(["enqueue", "deliver", ...(carried ? (["carry"] as const) : []), ...reopened(subjects)]);
}

function storeVerbs(subjects: readonly Subject[]): ReadonlySet<StoreStep["operation"]["verb"]> {
  const shared = [...COMPARED, ...OPTIONAL].filter((need) =>
    subjects.every((subject) => missing(need, subject) === undefined),
  );
  const verbs = shared.flatMap((need) => METHODS[need]) as StoreVerb[]; // a store has all of them
  const killed = reopened(subjects);
  // A killed process may lose its newest counts.
  const counted = killed.length === 0 && subjects.every((subject) => missing("Stats", subject) === undefined);
  return new Set(["enqueue", "settle", ...verbs, ...(counted ? (["stats"] as const) : []), ...killed]);
}

function limitedBy(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("limits", subject) === undefined);
}

function isLinked(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("dependencies", subject) === undefined);
}

function expires(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("expiry", subject) === undefined);
}

function throttles(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("throttle", subject) === undefined);
}

function keepsOrder(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("order", subject) === undefined);
}

function ages(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("ageing", subject) === undefined);
}

function bounds(subjects: readonly Subject[]): boolean {
  return subjects.every((subject) => missing("depth", subject) === undefined);
}

/** A subject that cannot be killed lives on. */
function reopened(subjects: readonly Subject[]): readonly "reopen"[] {
  return subjects.some((subject) => missing("reopen", subject) === undefined) ? ["reopen"] : [];
}
