import type { AnyAdapter } from "./subject.ts";
import { turn } from "@longshore/testing/tools";

/** A method of an adapter that returns a promise. */
export type Verb =
  | "enqueue"
  | "settle"
  | "claim"
  | "renew"
  | "dueInMs"
  | "get"
  | "list"
  | "counts"
  | "depth"
  | "cancel"
  | "replay"
  | "runNow"
  | "remove"
  | "pause"
  | "pauseFor"
  | "resume"
  | "release"
  | "update"
  | "prune"
  | "declare"
  | "advance"
  | "listSchedules"
  | "stats"
  | "announce"
  | "workers"
  | "carry"
  | "close";

/**
 * What goes wrong with one call: `refused` (it fails, and nothing happened), `lostReply` (it happened, but the caller
 * gets an error), `hung` (it happened, but the caller gets no answer).
 */
export type Fault = "refused" | "lostReply" | "hung";

export type Call = { readonly verb: Verb; readonly input: readonly unknown[]; readonly answer: unknown };

/** Observes an adapter: its calls and answers, the calls in flight; and makes calls fail on demand. */
export type ObservedAdapter = {
  readonly adapter: AnyAdapter;
  /** The answered calls, in the order of their answers. */
  readonly calls: readonly Call[];
  /** Makes the next calls of this verb go wrong in this way. */
  fault(verb: Verb, fault: Fault, times?: number): void;
  /** Ends all faults. */
  heal(): void;
  /** How many calls have begun and will be answered. */
  inFlight(): number;
};

const MOST_CALLS = 20_000;
const CALLS_PER_TURN = 100;

export function observe(subject: AnyAdapter): ObservedAdapter {
  const calls: Call[] = [];
  const faults = new Map<Verb, Fault[]>();
  let begun = 0;
  let inFlight = 0;

  async function observed(verb: Verb, input: readonly unknown[], run: () => Promise<unknown>): Promise<unknown> {
    if (++begun > MOST_CALLS) throw new Error(`the adapter was called more than ${MOST_CALLS} times: something spins`);
    // A loop of calls that answer at once must not starve everything else.
    if (begun % CALLS_PER_TURN === 0) await turn();
    const fault = faults.get(verb)?.shift();
    if (fault === "refused") throw new Error(`${verb}: the backend is away`);
    const answer = await run();
    calls.push({ verb, input, answer });
    if (fault === "lostReply") throw new Error(`${verb}: the reply was lost`);
    if (fault === "hung") return NEVER;
    return answer;
  }

  const adapter = new Proxy(subject, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      const bound: (...input: unknown[]) => unknown = value.bind(target);
      if (key === "onWake") return bound;
      return async (...input: unknown[]) => {
        inFlight++;
        try {
          const answer = await observed(key as Verb, input, async () => bound(...input)); // all methods but onWake are verbs
          if (answer !== NEVER) return answer;
        } finally {
          inFlight--;
        }
        return new Promise(() => {});
      };
    },
  });

  return {
    adapter,
    calls,
    fault(verb, fault, times = 1) {
      const queue = faults.get(verb) ?? [];
      faults.set(verb, [...queue, ...Array.from({ length: times }, () => fault)]);
    },
    heal: () => faults.clear(),
    inFlight: () => inFlight,
  };
}

const NEVER = Symbol("never answered");
