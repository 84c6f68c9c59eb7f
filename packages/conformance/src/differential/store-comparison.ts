import type { Store } from "@longshore/core/adapter";
import { show } from "../expect.ts";
import { type Operation, type StoreVerb, apply } from "../model/model.ts";
import { DEFAULT_RULES, emptyState } from "../model/state.ts";
import type { Make, Subject } from "../subject.ts";
import { START } from "@longshore/testing/tools";
import { type StoreContext, IDS, QUEUES, REFS, type StoreStep, partitionOf } from "./store-context.ts";
import type { Comparison } from "./history.ts";
import { type ComparedStore, type Within, callStore, createComparedStore } from "./compared-store.ts";

export type ComparedStores = {
  readonly make: Make;
  /** Another store; by default the model. */
  readonly other?: Make;
  readonly within: Within;
  /** Whether both know parents. */
  readonly linked: boolean;
  /** The verbs that both have. */
  readonly verbs: ReadonlySet<StoreVerb | "reopen">;
  /** Whether both know limits. */
  readonly limited: boolean;
  /** Whether both know rates. */
  readonly throttled: boolean;
  readonly bounded: boolean;
  readonly inOrder: boolean;
  /** Whether both know claims with ages. */
  readonly ageing: boolean;
  /** Whether both end jobs that have not begun in time. */
  readonly expiring: boolean;
};

/** Starts two stores on one clock, or a store and the model. In both cases the model also decides what comes next. */
export async function compareStores({
  make,
  other,
  within,
  linked,
  verbs,
  limited,
  expiring,
  throttled,
  bounded,
  inOrder,
  ageing,
}: ComparedStores): Promise<Comparison<StoreContext, StoreStep>> {
  const claims = new Map<string, number>();
  const clock = { now: () => context.now };
  const subjects: Subject[] = [];
  const opened: Store[] = [];
  const stepMs: number[] = [];
  const context = {
    state: emptyState(),
    now: START,
    claims,
    stepMs: 1,
    claimsAll: within === "partition",
    keyed: verbs.has("release"),
    limited,
    linked,
    expiring,
    throttled,
    bounded,
    inOrder,
    ageing,
  };

  const open = async (name: string, from: Make): Promise<ComparedStore> => {
    const subject = await from({ clock });
    const index = subjects.push(subject) - 1;
    opened[index] = subject.adapter as Store; // the caller checked what it has
    stepMs.push(subject.adapter.traits.delayStepMs);
    return createComparedStore(name, (operation) => callStore(opened[index] as Store, operation), within); // pushed above
  };
  const model = createComparedStore(
    "the model",
    async (operation) => {
      const done = apply(context.state, operation, context.now);
      context.state = done.state;
      return done.answer;
    },
    within,
  );
  const one = await open(other === undefined ? "the adapter" : "the one", make);
  const two = other === undefined ? model : await open("the other", other);
  // The model rounds as a single store does. Two stores with different rounding get only values that neither rounds.
  if (other === undefined) context.state = emptyState({ ...DEFAULT_RULES, stepMs: Math.max(...stepMs) });
  else context.stepMs = Math.max(...stepMs);

  const ask = async (operation: Operation): Promise<string | undefined> => {
    if (two !== model) await model.ask(operation);
    const answers = [await one.ask(operation), await two.ask(operation)];
    const [a, b] = answers.map(show);
    if (a === b) return undefined;
    return `${operation.verb}:\n  ${one.name}: ${a}\n  ${two.name}: ${b}`;
  };
  const act = async (operation: Operation): Promise<string | undefined> => {
    const before = context.state.rows;
    const difference = await ask(operation);
    if (operation.verb === "claim") {
      for (const [id, { token }] of context.state.rows) {
        if (token !== before.get(id)?.token) claims.set(id, (claims.get(id) ?? 0) + 1);
      }
    }
    return difference;
  };
  /** Everything that is visible of both from outside. */
  const refs = IDS.map((id) => ({ id, partition: partitionOf(id) }));
  const views: readonly Operation[] = [
    { verb: "get", input: [refs] },
    { verb: "counts", input: [] },
    { verb: "list", input: [{ limit: 3 }] },
    { verb: "listSchedules", input: [{ limit: 3 }] },
    { verb: "dueInMs", input: [{ queues: QUEUES, schedules: REFS }] },
  ];
  const seen = views.filter(({ verb }) => verbs.has(verb));
  const observe = async (): Promise<string | undefined> => {
    for (const view of seen) {
      const difference = await ask(view);
      if (difference !== undefined) return difference;
    }
    return undefined;
  };

  return {
    context,
    async step({ waitMs, operation }) {
      context.now += waitMs;
      if (operation.verb !== "reopen") return (await act(operation)) ?? observe();
      for (const [i, subject] of subjects.entries()) {
        opened[i] = ((await subject.reopen?.()) ?? opened[i]) as Store; // the same adapter, reopened
      }
      return observe();
    },
    async dispose() {
      for (const subject of subjects) await subject.dispose?.();
    },
  };
}
