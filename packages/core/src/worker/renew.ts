import type { Run } from "./run.ts";
import type { Lost } from "./settle.ts";
import type { Services } from "./services.ts";

/** Extends the leases of these runs, and calls `lost` for those that are no longer ours. */
export async function renew(
  { backend }: Services,
  runs: readonly Run[],
  sentAt: number,
  lost: (run: Run, reason: Lost) => void,
): Promise<void> {
  if (runs.length === 0) return;
  const { leaseMs } = backend.traits;
  const leases = runs.map(({ job: { id, partition, token } }) => ({ id, partition, token }));
  const answers = (await backend.renew?.(leases, leaseMs)) ?? [];
  const lease = { until: sentAt + leaseMs };
  runs.forEach((run, i) => {
    // If the run was decided or claimed again meanwhile, this answer is outdated.
    if (run.outcome !== undefined || run.job.token !== leases[i]?.token) return;
    const answer = answers[i];
    // The job of a run that has completed it is no longer leased, once that is committed.
    if (answer === "held" || run.completion) run.lease = lease;
    else if (answer !== undefined) lost(run, answer === "lost" ? "taken" : answer);
  });
}
