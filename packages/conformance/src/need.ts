import type { AnyAdapter, Interfaces, Subject } from "./subject.ts";

/** What a case needs of the adapter: an interface of the contract, a trait, or a way to drive it. */
export type Need =
  | keyof Interfaces
  | "durable"
  | "unique"
  | "ordered"
  | "fenced"
  /** It knows limits over all workers. */
  | "limits"
  /** The traits, which adapters without them leave out. */
  | "dependencies"
  | "expiry"
  | "depth"
  | "order"
  | "ageing"
  | "throttle"
  /** A finite `maxDelayMs`. */
  | "delayLimit"
  /** A finite `maxPayloadBytes`. */
  | "payloadLimit"
  /** A finite `maxRunMs`. */
  | "runLimit"
  /** Neither `Inspect` nor unique ids: it answers `sent` and knows nothing more. */
  | "broker"
  /** It hands out jobs: by `claim`, or because the subject can `deliver`. */
  | "work"
  /** The subject can `reopen`. */
  | "reopen"
  /** The subject can `transact`, because the store has `within`. */
  | "transact";

/** The methods of each interface. */
export const METHODS: { readonly [K in keyof Interfaces]: readonly (keyof Interfaces[K] & string)[] } = {
  Pull: ["claim"],
  Renew: ["renew"],
  Wake: ["dueInMs"],
  Notify: ["onWake"],
  Inspect: ["get", "list", "counts"],
  Control: ["cancel", "replay", "runNow", "remove", "pause", "resume"],
  Keys: ["release"],
  Depth: ["depth"],
  Update: ["update"],
  PauseFor: ["pauseFor"],
  Prune: ["prune"],
  Schedules: ["declare", "advance"],
  ListSchedules: ["listSchedules"],
  Stats: ["stats"],
  Presence: ["announce", "workers"],
  Carry: ["carry"],
  Close: ["close"],
};

/** Why this adapter does not meet the need, or undefined if it does. */
export function missing(need: Need, subject: Subject): string | undefined {
  const { adapter } = subject;
  const { traits } = adapter;
  switch (need) {
    case "durable":
    case "unique":
    case "ordered":
    case "fenced":
    case "limits":
    case "dependencies":
    case "expiry":
    case "depth":
    case "order":
    case "ageing":
    case "throttle":
      return traits[need] ? undefined : `its trait ${need} is not true`;
    case "delayLimit":
      return Number.isFinite(traits.maxDelayMs) ? undefined : "its delays have no limit";
    case "payloadLimit":
      return Number.isFinite(traits.maxPayloadBytes) ? undefined : "its payloads have no limit";
    case "runLimit":
      return Number.isFinite(traits.maxRunMs) ? undefined : "its runs have no limit";
    case "broker":
      return has(adapter, "Inspect") || traits.unique ? "it is a store" : undefined;
    case "work":
      if (has(adapter, "Pull") || subject.deliver !== undefined) return undefined;
      return "it has no claim, and the subject cannot deliver";
    case "reopen":
      return subject.reopen === undefined ? "the subject cannot be reopened" : undefined;
    case "transact":
      return subject.transact === undefined ? "it takes no part in transactions" : undefined;
    default:
      return has(adapter, need) ? undefined : `it has no ${need} (${METHODS[need].join(", ")})`;
  }
}

/** True if the adapter has a method of the interface. The cases of traits find one that lacks the others. */
export function has(adapter: AnyAdapter, name: keyof Interfaces): boolean {
  return METHODS[name].some((method) => typeof Reflect.get(adapter, method) === "function");
}
