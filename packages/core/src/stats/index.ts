/** What passes through a store, counted where the jobs are. An entry of its own: who does not ask for it bundles none. */
export type { Stats, StatsWindow } from "../contract/contract.ts";
export { type NameReport, type QueueReport, type Spread, type StatsReport, readStats } from "./report.ts";
export { SKETCH_ERROR } from "./sketch.ts";
export { type SettledAttempt, type Statistics, statistics } from "./statistics.ts";
