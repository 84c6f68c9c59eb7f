export { type Carrier, type Paired, type PairedOptions, type PairedTraits, paired } from "./paired.ts";
export type { DispatchResult } from "./carrying.ts";
