import { attemptFaults } from "./faults/attempts.ts";
import { backendFaults } from "./faults/backends.ts";
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
  ...upkeepFaults,
  ...signalFaults,
];

/** Known bugs of features that we do not have yet, or of adapters whose tests do not name them yet. */
export const withoutFeature: readonly { readonly ids: readonly string[]; readonly without: string }[] = [
  { ids: ["F89"], without: "no adapter whose server the user configures to lose commits" },
  { ids: ["F113"], without: "no adapter that is only for development" },
  {
    ids: ["F120", "F121", "F122", "F123", "F124", "F125", "F126", "F127", "F128", "F129", "F130", "F131", "F132"],
    without: "no test in a browser that names it",
  },
  { ids: ["F144"], without: "no jobs that depend on others" },
];
