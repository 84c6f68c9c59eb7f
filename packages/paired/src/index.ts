export { type Paired, type PairedOptions, type PairedTraits, paired } from "./paired.ts";
export type { Pumped } from "./pump.ts";
export type { JobRunner } from "./runner.ts";
