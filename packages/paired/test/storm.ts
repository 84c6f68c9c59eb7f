import { seeded } from "@longshore/conformance";
import { SECOND } from "@longshore/conformance/tools";
import type { ClaimedJob, Outcome } from "@longshore/core/adapter";
import { newJobs, setting } from "./setting.ts";

export const JOBS = 60;
export const MAX_IN_FLIGHT = 20;
const failure = { message: "not now" };

/** Messages are dropped, doubled and held back, consumers vanish, sends fail, replies to claims get lost, until it is quiet. */
export async function storm(
  seed: number,
): Promise<{ completed: number; accepted: number; most: number; runs: number }> {
  const random = seeded(seed);
  const all = setting({ maxInFlight: MAX_IN_FLIGHT });
  await all.jobs.enqueue(newJobs(JOBS, { keepMs: 30 * 86_400 * SECOND }));
  const { claim } = all.store;
  let calm = false;
  Object.assign(all.store, {
    async claim(request: Parameters<typeof claim>[0]) {
      const claimed = await claim(request);
      if (!calm && random() < 0.1) throw new Error("the reply to the claim was lost");
      return claimed;
    },
  });
  const late: ClaimedJob[] = [];
  let accepted = 0;
  let runs = 0;
  let most = 0;

  const work = async (claimed: readonly ClaimedJob[]): Promise<void> => {
    runs += claimed.length;
    // A vanished consumer: it ran them and never settled.
    if (!calm && random() < 0.1) return;
    const settlements = claimed.map(({ id, token }) => {
      const again: Outcome = { type: "retry", delayMs: 10 * SECOND, failure };
      const outcome: Outcome = !calm && random() < 0.3 ? again : { type: "complete" };
      return { id, token, outcome };
    });
    const answers = await all.jobs.settle(settlements);
    accepted += answers.filter(
      (answer, i) => answer === "accepted" && settlements[i]?.outcome.type === "complete",
    ).length;
  };
  const active = async (): Promise<number> =>
    (await all.jobs.counts()).reduce((sum, { counts }) => sum + (counts.active ?? 0), 0);
  const round = async (): Promise<void> => {
    if (!calm && random() < 0.1)
      all.broker.fail((["failed", "throws", "lostReply"] as const)[Math.floor(random() * 3)] ?? "failed");
    const before = await active();
    await all.jobs.dispatchDue().catch(() => {});
    const after = await active();
    // What a dispatch fills. A message that arrives after its lease has ended makes its job active beside those.
    if (after > before) most = Math.max(most, after);
    const arriving: ClaimedJob[] = [];
    for (const message of [...all.broker.messages.splice(0), ...late.splice(0)]) {
      const fate = calm ? 1 : random();
      if (fate < 0.2) continue;
      else if (fate < 0.4) late.push(message);
      else if (fate < 0.6) arriving.push(message, message);
      else arriving.push(message);
    }
    const { runCarried } = all.jobs.runner({ run: (claimed) => work(claimed) });
    await Promise.all(arriving.map((message) => runCarried([message])));
    all.pass(calm ? 3_600 * SECOND : Math.floor(random() * 200) * SECOND);
  };
  for (let i = 0; i < 40; i++) await round();
  calm = true;
  for (let i = 0; i < 20; i++) await round();
  const rows = await all.jobs.get(newJobs(JOBS).map(({ id }) => ({ id })));
  if (late.length > 0) throw new Error(`${late.length} messages are still held back`);
  return { completed: rows.filter((row) => row?.state === "completed").length, accepted, most, runs };
}
