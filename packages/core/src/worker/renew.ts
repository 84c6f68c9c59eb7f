import type { Run, Settler } from "./run.ts";
import type { Lost } from "./settle.ts";
import type { Services } from "./services.ts";

type OnLost = (run: Run, reason: Lost) => void;

/**
 * Extends the leases of these runs, and calls `lost` for those that are no longer ours. Who handed the jobs out is asked: the
 * adapter may be that of other jobs.
 */
export async function renew({ backend }: Services, runs: readonly Run[], sentAt: number, lost: OnLost): Promise<void> {
  const together = new Map<Settler, Run[]>();
  for (const run of runs) {
    const { settler } = run.group;
    const by = settler?.renew ? settler : backend;
    const some = together.get(by);
    if (some === undefined) together.set(by, [run]);
    else some.push(run);
  }
  const { leaseMs } = backend.traits;
  const extend = async (by: Settler, some: readonly Run[]): Promise<void> => {
    const leases = some.map(({ job: { id, partition, token } }) => ({ id, partition, token }));
    const asked = by.renew?.(leases, leaseMs);
    const answers = (await (by === backend ? asked : asked?.catch(() => backend.renew?.(leases, leaseMs)))) ?? [];
    const lease = { until: sentAt + leaseMs };
    some.forEach((run, i) => {
      // If the run was decided or claimed again meanwhile, this answer is outdated.
      if (run.outcome !== undefined || run.job.token !== leases[i]?.token) return;
      const answer = answers[i];
      // The job of a run that has completed it is no longer leased, once that is committed.
      if (answer === "held" || run.completion) run.lease = lease;
      else if (answer !== undefined) lost(run, answer === "lost" ? "taken" : answer);
    });
  };
  await Promise.all([...together].map(([by, some]) => extend(by, some)));
}
