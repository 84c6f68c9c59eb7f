import type { MakeSimulated } from "@longshore/simulator";
import type { Advance, AdvanceAnswer } from "@longshore/core/adapter";
import { type AlertRules, type AlertStore, evaluate } from "@longshore/signals";
import { alertEvaluators } from "../alerts/extension.ts";
import type { ALERT_INVARIANTS } from "../alerts/invariants.ts";
import { simulatedMemory } from "../store.ts";

/** An evaluator that is broken in one way: it uses other rules, or changes its calls to the store. */
type Broken = {
  readonly rules?: (rules: AlertRules) => AlertRules;
  /** Called anew for each history. */
  readonly store?: () => (store: AlertStore) => AlertStore;
};

const eachRule =
  (change: (rule: AlertRules[string]) => Partial<AlertRules[string]>) =>
  (rules: AlertRules): AlertRules =>
    Object.fromEntries(
      Object.entries(rules).map(([name, rule]) => [name, { ...rule, ...change(rule) } as AlertRules[string]]), // of one measure
    );

/** Evaluators move one cursor in a call. */
type Single = { advance(step: Advance): Promise<AdvanceAnswer> };
const MOVED: AdvanceAnswer = { status: "moved" };

const advancing =
  (advance: (store: Pick<AlertStore, "declare" | "enqueue"> & Single, step: Advance) => Promise<AdvanceAnswer>) =>
  () =>
  (store: AlertStore): AlertStore => {
    const one: Single = { advance: async (step) => (await store.advance([step]))[0] ?? { status: "behind" } };
    return {
      ...store,
      advance: async (steps) => Promise.all(steps.map((step) => advance({ ...store, ...one }, step))),
    };
  };

/** By what they do wrong, with the invariant that it breaks. */
export const brokenEvaluators: Readonly<
  Record<string, readonly [invariant: keyof typeof ALERT_INVARIANTS, broken: Broken]>
> = {
  "moves the cursor, and enqueues the job in a separate operation": [
    "alertTransitions",
    {
      store: advancing(async (store, { job, ...step }) => {
        const answer = await store.advance(step);
        if (answer.status === "moved" && job !== undefined) await store.enqueue([job]);
        return answer;
      }),
    },
  ],
  "enqueues the job, and moves the cursor in a separate operation": [
    "alertTransitions",
    {
      store: advancing(async (store, { job, ...step }) => {
        if (job !== undefined) await store.enqueue([job]);
        return store.advance(step);
      }),
    },
  ],
  "sends an alert although another evaluator was faster": [
    "alertTransitions",
    {
      store: advancing(async (store, { job, ...step }) => {
        const answer = await store.advance({ ...step, job });
        if (answer.status === "moved" || job === undefined) return answer;
        const { rows } = await store.declare([step]);
        const from = rows[0]?.cursor ?? 0;
        return store.advance({ ...step, from, to: from + 1, job: { ...job, id: `${job.id}:again` } });
      }),
    },
  ],
  "gives each firing of a rule the same id": [
    "alertTransitions",
    {
      store: advancing((store, step) => {
        const job = step.job === undefined ? undefined : { ...step.job, id: step.name };
        return store.advance({ ...step, job });
      }),
    },
  ],
  "ignores the cooldown": ["alertAccuracy", { rules: eachRule(() => ({ cooldown: 0 })) }],
  "ignores how long a condition must hold": ["alertAccuracy", { rules: eachRule(() => ({ for: 0 })) }],
  "resolves at the threshold": ["alertAccuracy", { rules: eachRule(({ above }) => ({ resolveAt: above })) }],
  "does not remember when it saw a rule fine": [
    "alertAccuracy",
    { store: advancing(async (store, step) => (step.job === undefined ? MOVED : store.advance(step))) },
  ],
  "marks every rule as fine in each evaluation": [
    "alertAccuracy",
    {
      store: () => (store) => ({
        ...store,
        async declare(refs) {
          const { now, rows } = await store.declare(refs);
          for (const [i, ref] of refs.entries()) {
            const from = rows[i]?.cursor ?? now;
            if (ref.name.endsWith(":fine") && now > from) await store.advance([{ ...ref, from, to: now }]);
          }
          return { now, rows };
        },
      }),
    },
  ],
  "uses the counts of its previous evaluation": [
    "alertAccuracy",
    {
      store: () => {
        let last: ReturnType<AlertStore["counts"]> | undefined;
        return (store) => ({
          ...store,
          counts() {
            const told = last ?? store.counts();
            last = store.counts();
            return told;
          },
        });
      },
    },
  ],
  "sends no alerts": [
    "alertCompleteness",
    { store: advancing(async (store, step) => (step.job === undefined ? store.advance(step) : MOVED)) },
  ],
  "never sends that an alert is resolved": [
    "alertCompleteness",
    { store: advancing(async (store, step) => (step.name.endsWith(":resolved") ? MOVED : store.advance(step))) },
  ],
  "waits twice as long as the rule requires": [
    "alertCompleteness",
    { rules: eachRule(({ for: lasting = 0 }) => ({ for: 2 * Number(lasting) })) },
  ],
};

/** The memory store with evaluators that are broken in this way. */
export function evaluatedBy({ rules = (same) => same, store = () => (same) => same }: Broken): MakeSimulated {
  return async (world) => {
    const seen = store();
    const subject = await simulatedMemory(world);
    return { ...subject, extension: alertEvaluators((watched, own) => evaluate(seen(watched), { rules: rules(own) })) };
  };
}
