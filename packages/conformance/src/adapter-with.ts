import type { Adapter, Traits } from "@longshore/core/adapter";
import type { Need } from "./need.ts";
import type { Interfaces } from "./subject.ts";

type TraitNeed = "durable" | "unique" | "ordered" | "fenced";

/** The adapter as a case sees it. */
export type AdapterWith<N extends Need> = Adapter<Traits & { readonly [K in Extract<N, TraitNeed>]: true }> &
  Having<Extract<N, keyof Interfaces>>;

type Having<K extends keyof Interfaces> = [K] extends [never] ? unknown : Intersection<Interfaces[K]>;
type Intersection<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void ? I : never;
