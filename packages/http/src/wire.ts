import type {
  Adapter,
  Control,
  Depth,
  Enqueue,
  Inspect,
  Keys,
  ListSchedules,
  Notify,
  PauseFor,
  Presence,
  Prune,
  Pull,
  Renew,
  Schedules,
  Stats,
  Traits,
  Update,
  Wake,
} from "@longshore/core/adapter";

/**
 * What crosses: `POST <url>/<verb>` with the JSON list of the verb's arguments. The answer is `{ value }`, or
 * `{ error: { code, message } }`. `GET <url>/manifest` tells what the server's adapter can, `GET <url>/onWake` is a
 * stream with a line for each wake-up.
 */
export const WIRE_VERSION = 1;
/** The header with the version that a request was written for. Without one it counts as this version. */
export const VERSION_HEADER = "longshore-version";

/** The interfaces of the contract that cross; every adapter can `enqueue`, which has no interface of its own here. */
type Interfaces = {
  readonly Settle: Pick<Adapter, "settle">;
  readonly Pull: Pull;
  readonly Renew: Renew;
  readonly Wake: Wake;
  readonly Notify: Notify;
  readonly Inspect: Inspect;
  readonly Control: Control;
  readonly Keys: Keys;
  readonly Update: Update;
  readonly PauseFor: PauseFor;
  readonly Depth: Depth;
  readonly Prune: Prune;
  readonly Schedules: Schedules;
  readonly ListSchedules: ListSchedules;
  readonly Stats: Stats;
  readonly Presence: Presence;
  /** The part of `Presence` for who looks: whoever may not announce workers may still see them. */
  readonly ListWorkers: Pick<Presence, "workers">;
};
export type InterfaceName = keyof Interfaces;

type MethodOf<K extends InterfaceName> = keyof Interfaces[K] & string;
export const METHODS: { readonly [K in InterfaceName]: readonly MethodOf<K>[] } = {
  Settle: ["settle"],
  Pull: ["claim"],
  Renew: ["renew"],
  Wake: ["dueInMs"],
  Notify: ["onWake"],
  Inspect: ["get", "list", "counts"],
  Control: ["cancel", "replay", "runNow", "remove", "pause", "resume"],
  Keys: ["release"],
  Update: ["update"],
  PauseFor: ["pauseFor"],
  Depth: ["depth"],
  Prune: ["prune"],
  Schedules: ["declare", "advance"],
  ListSchedules: ["listSchedules"],
  Stats: ["stats"],
  Presence: ["announce", "workers"],
  ListWorkers: ["workers"],
};
export const INTERFACES = Object.keys(METHODS) as readonly InterfaceName[]; // its only keys

/** A method of the contract, as grants name it. */
export type Verb = "enqueue" | { [K in InterfaceName]: MethodOf<K> }[InterfaceName];
/** A verb that is one request. `onWake` is a stream. */
export type CalledVerb = Exclude<Verb, "onWake">;

/** Any adapter, as a server has it: what it can is known by its methods. */
export type AnyAdapter = Enqueue & Partial<Intersection<Interfaces[InterfaceName]>>;
export type Methods = Enqueue & Intersection<Interfaces[InterfaceName]>;

/**
 * What the server's adapter is and can, as a constant of the client's code: the client gets these interfaces and no
 * others, in types and at run time. It may list fewer than the server has. A limit that does not exist is `Infinity`.
 */
export type Manifest<T extends Traits = Traits, I extends InterfaceName = InterfaceName> = {
  readonly name: string;
  readonly traits: T;
  readonly interfaces: readonly I[];
};

/** The adapter of a manifest. Of one that is only known at run time, every interface but `enqueue` may be missing. */
export type Remote<M extends Manifest> = Enqueue<M["traits"]> &
  (number extends M["interfaces"]["length"]
    ? Partial<Intersection<Interfaces[M["interfaces"][number]]>>
    : Intersection<Interfaces[M["interfaces"][number]]>);

type Intersection<U> = [U] extends [never]
  ? unknown
  : (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void
    ? I
    : never;

export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };
