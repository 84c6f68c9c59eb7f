import { type Make, type Report, checkAgainstModel, runAll } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";

const make: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

/** The suite against the memory store, and some random histories, wherever this is run. */
export async function report(): Promise<Report> {
  for (const seed of [1, 2, 3]) await checkAgainstModel(make, { seed, operations: 300 });
  return runAll(make);
}
