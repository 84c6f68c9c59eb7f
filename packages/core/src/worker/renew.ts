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
  const { leaseMs } = backend.traits;
  const lease = { until: sentAt + leaseMs };
  const hosts = new Set(runs.map(({ group }) => group.settler));
  const extend = async (host: Run["group"]["settler"]): Promise<void> => {
    const some = runs.filter(({ group }) => group.settler === host);
    const leases = some.map(({ job: { id, partition, token } }) => ({ id, partition, token }));
    // The host that handed them out knows them; the adapter may be that of others.
    const told = await host?.renew?.(leases, leaseMs).catch(() => {});
    const answers = told ?? (await backend.renew?.(leases, leaseMs)) ?? [];
    some.forEach((run, i) => {
      // If the run was decided or claimed again meanwhile, this answer is outdated.
      if (run.outcome !== undefined || run.job.token !== leases[i]?.token) return;
      const answer = answers[i];
      // The job of a run that has completed it is no longer leased, once that is committed.
      if (answer === "held" || run.completion) run.lease = lease;
      else if (answer !== undefined) lost(run, answer === "lost" ? "taken" : answer);
    });
  };
  await Promise.all([...hosts].map(extend));
}
