import { LongshoreError } from "@longshore/core";
import type { Enqueue, Traits } from "@longshore/core/adapter";
import { INTERFACES, METHODS, type AnyAdapter, type InterfaceName, type Manifest } from "./wire.ts";

/** The interfaces that an adapter has whole, if `may` allows each of their methods. */
export function interfacesOf(adapter: AnyAdapter, may: (verb: string) => boolean = () => true): InterfaceName[] {
  return INTERFACES.filter((name) =>
    METHODS[name].every((method) => typeof Reflect.get(adapter, method) === "function" && may(method)),
  );
}

/** The manifest of an adapter of this process: print it, and paste it into the client's code. */
export function manifestOf<A extends Enqueue>(adapter: A): Manifest<A["traits"]> {
  return { name: adapter.name, traits: adapter.traits, interfaces: interfacesOf(adapter as A & AnyAdapter) };
}

const FACTS = ["durable", "unique", "ordered", "fenced"] as const;
/** Without them the adapter cannot. A feature of the contract that is missing here does not compile. */
const FEATURES: Readonly<Record<Feature, true>> = {
  uniqueKeys: true,
  limits: true,
  throttle: true,
  order: true,
  dependencies: true,
  expiry: true,
  depth: true,
  ageing: true,
};
type Feature = { [K in keyof Traits]-?: [undefined, true] extends [Traits[K], Traits[K]] ? K : never }[keyof Traits];
const SIZES = ["maxDelayMs", "delayStepMs", "maxRunMs", "maxPayloadBytes", "leaseMs"] as const;

/**
 * Checks a manifest from the wire or from code without types. JSON has no `Infinity`, so `null` stands for it there; an
 * interface of a newer server is left out. Fails with `invalid_option`.
 */
export function checkManifest(value: unknown): Manifest {
  const { name, traits, interfaces } = Object(value) as Partial<Manifest>;
  if (typeof name !== "string" || !Array.isArray(interfaces)) throw wrong("name, traits and interfaces");
  const given = Object(traits) as Readonly<Record<string, unknown>>;
  const read: Record<string, unknown> = {};
  for (const fact of FACTS) {
    if (typeof given[fact] !== "boolean") throw wrong(`the trait ${fact}, true or false`);
    read[fact] = given[fact];
  }
  for (const size of SIZES) {
    const number = given[size] === null ? Infinity : given[size];
    if (typeof number !== "number" || !(number >= 0)) throw wrong(`the trait ${size}, a number`);
    read[size] = number;
  }
  for (const feature of Object.keys(FEATURES)) if (typeof given[feature] === "boolean") read[feature] = given[feature];
  const { maxPollMs } = given;
  if (typeof maxPollMs === "number") read["maxPollMs"] = maxPollMs;
  // Each of them was read above.
  return { name, traits: read as Traits, interfaces: INTERFACES.filter((known) => interfaces.includes(known)) };
}

function wrong(missing: string): LongshoreError {
  return new LongshoreError("invalid_option", `The manifest must have ${missing}, as \`manifestOf\` returns it.`);
}
