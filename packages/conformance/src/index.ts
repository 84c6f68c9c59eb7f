export type { Case } from "./case.ts";
export { cases } from "./cases/index.ts";
export { type Check, conformance } from "./conformance.ts";
export { type DifferentialOptions, checkAgainstModel } from "./differential/check.ts";
export type { Need } from "./need.ts";
export { type Report, runAll } from "./report.ts";
export { type Saboteur, saboteurs } from "./saboteurs/index.ts";
export { twice } from "./twice.ts";
export type { AnyAdapter, Clock, Make, Subject } from "./subject.ts";
