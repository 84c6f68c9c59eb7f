/** Statistics that a store counts. A separate entry, so that apps without them do not bundle them. */
export type { Stats, StatsWindow } from "../contract/reporting.ts";
export {
  type NameReport,
  type QueueReport,
  type SeriesReport,
  type Spread,
  type StatsReport,
  readStats,
} from "./report.ts";
export { SKETCH_ERROR } from "./sketch.ts";
export { type SettledAttempt, type Statistics, statistics } from "./statistics.ts";
