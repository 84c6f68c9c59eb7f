import { attemptFaults } from "./faults/attempts.ts";
import { backendFaults } from "./faults/backends.ts";
import { browserFaults } from "./faults/browsers.ts";
import { edgeFaults } from "./faults/edge.ts";
import type { Fault } from "./faults/fault.ts";
import { leaseFaults } from "./faults/leases.ts";
import { shutdownFaults } from "./faults/shutdown.ts";
import { signalFaults } from "./faults/signals.ts";
import { timeFaults } from "./faults/time.ts";
import { uniquenessFaults } from "./faults/uniqueness.ts";
import { upkeepFaults } from "./faults/upkeep.ts";

/** Bugs of other job queues that a feature of ours could have, by their ids. */
export const faults: readonly Fault[] = [
  ...leaseFaults,
  ...attemptFaults,
  ...uniquenessFaults,
  ...timeFaults,
  ...shutdownFaults,
  ...backendFaults,
  ...edgeFaults,
  ...browserFaults,
  ...upkeepFaults,
  ...signalFaults,
];

/** Known bugs of features that we do not have yet, or of adapters whose tests do not name them yet. */
export const withoutFeature: readonly { readonly ids: readonly string[]; readonly without: string }[] = [
  { ids: ["F89"], without: "no adapter whose server the user configures to lose commits" },
  { ids: ["F113"], without: "no adapter that is only for development" },
  { ids: ["F125"], without: "no order of jobs that outlives a failure" },
  { ids: ["F144"], without: "no jobs that depend on others" },
];
