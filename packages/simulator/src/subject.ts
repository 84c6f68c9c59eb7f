import type { Make, Subject } from "@longshore/conformance";
import type { Extension } from "./extension.ts";

/** A store to simulate, and the extension that takes part in its histories, if any. */
export type SimulatedSubject = Subject & { readonly extension?: Extension };

/** Makes the store to simulate. Called for each history. */
export type MakeSimulated = (...world: Parameters<Make>) => SimulatedSubject | Promise<SimulatedSubject>;
