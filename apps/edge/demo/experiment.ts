import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "@longshore/signals";
import { deliveries } from "./deliveries.ts";
import { createJournal } from "./journal.ts";
import { createOperator } from "./operator.ts";
import { startProgress } from "./progress.ts";
import { startRuntime } from "./runtime.ts";
import type { Score } from "./score.ts";
import { localSecrets, subscriberSecret } from "./secrets.ts";
import { createSender } from "./sender.ts";
import { startSubscriber } from "./subscriber.ts";

const DEADLINE_MS = 80_000;
/** What nobody wants to wait for, in ms; without it they are 30 s, 30 s and 15 s. */
const HASTE = { DEV_FIRST_RETRY_MS: "300", DEV_LEASE_MS: "4000", DEV_TIMEOUT_MS: "1000" };
/** At which shares of the webhooks workerd is killed, and the subscriber goes away. */
const KILL_AT = [0.25, 0.5, 0.75];
const AWAY_AT = [0.4, 0.65];
const AWAY_MS = 1_500;

/** What was measured, and what must not have happened. */
export type Finding = {
  readonly score: Score;
  /** What the store counted; undefined where nobody answered any more. */
  readonly stats: Metrics | undefined;
  readonly problems: readonly string[];
};

/** Posts, disturbs, waits, replays, and counts. The subscriber's own ledger says what was lost. */
export async function experiment(): Promise<Finding> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const secrets = localSecrets();
  const secret = subscriberSecret();
  const webhooks = deliveries(secrets.GITHUB_WEBHOOK_SECRET);
  const subscriber = await startSubscriber(secret);
  const journal = createJournal();
  const subscribers = JSON.stringify([{ name: "local", url: subscriber.url, secret }]);
  const runtime = await startRuntime(
    { ...secrets, ...HASTE, SUBSCRIBERS: subscribers, DEV_LOOPBACK: "allow", LOG_STARTS: "yes" },
    journal.read,
    signal,
  );
  const sender = createSender(runtime.url, signal);
  const operator = createOperator(runtime.url, secrets.OPERATOR_TOKEN, signal);
  const problems: string[] = [];
  let kills = 0;
  let dead = 0;
  let replayed = 0;

  const progress = startProgress(
    () =>
      `accepted ${sender.accepted.size}/${webhooks.length}  relayed ${subscriber.ledger.size}  ` +
      `retried ${journal.retried()}  dead ${journal.died()}  replayed ${replayed}  kills ${kills}`,
  );
  const reached = async (share: number): Promise<void> => {
    while (sender.accepted.size < share * webhooks.length) await delay(10, undefined, { signal });
  };
  const killNowAndThen = async (): Promise<void> => {
    for (const share of KILL_AT) {
      await reached(share);
      await runtime.kill();
      progress.note(`killed workerd, number ${++kills}; the next one found its storage and answers`);
    }
  };
  const goAwayNowAndThen = async (): Promise<void> => {
    for (const share of AWAY_AT) {
      await reached(share);
      subscriber.leave();
      progress.note("the subscriber is gone: its port is closed");
      await delay(AWAY_MS, undefined, { signal });
      await subscriber.comeBack();
      progress.note("the subscriber is back");
    }
  };

  try {
    progress.note("starting the app in workerd; shortened: first retry 0.3 s, lease 4 s, timeout 1 s");
    await runtime.ready();
    progress.note(`posting ${webhooks.length} webhooks, one in six of them twice`);
    await Promise.all([sender.sendAll(webhooks), killNowAndThen(), goAwayNowAndThen()]);
    progress.note(`all are accepted; ${sender.repeats()} posts had no answer in the kills and were repeated`);
    await operator.allEnded();
    const letters = await operator.dead();
    dead = letters.length;
    subscriber.recover();
    progress.note(`the subscriber has recovered; replaying ${dead} dead letters`);
    replayed = await operator.replay(letters);
    await operator.allEnded();
  } catch (error) {
    if (signal.aborted) problems.push(`not finished within ${DEADLINE_MS / 1_000} s`);
    problems.push(describe(error));
  }
  const left = await standing(createOperator(runtime.url, secrets.OPERATOR_TOKEN, AbortSignal.timeout(3_000)));
  progress.stop();
  await runtime.stop();

  if (left === undefined) problems.push("the app no longer answers its operators");
  const lost = [...sender.accepted].filter((id) => !subscriber.ledger.has(id) && !left?.dead.has(id));
  if (lost.length > 0) problems.push(`lost: ${lost.join(", ")}`);
  if (left !== undefined) problems.push(...disagreements(left, subscriber.ledger));
  const twice = journal.completedTwice();
  if (twice.length > 0) problems.push(`settled as completed twice: ${twice.join(", ")}`);
  const score: Score = {
    accepted: sender.accepted.size,
    duplicates: sender.duplicates(),
    completed: left?.completed ?? 0,
    retried: journal.retried(),
    dead,
    replayed,
    repeated: [...subscriber.ledger.values()].filter((times) => times > 1).length,
    lost: lost.length,
    kills,
    p50: journal.waited(0.5),
    p95: journal.waited(0.95),
    p99: journal.waited(0.99),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  return { score, stats: left?.stats, problems };
}

/**
 * What the store counted, against the rows and the subscriber's ledger. A kill takes what was counted since the last
 * claim, so that there may be less, and never more.
 */
function disagreements({ stats, completed }: Standing, ledger: ReadonlyMap<string, number>): string[] {
  const counted = stats.queues.filter(({ queue }) => queue === "deliveries" || queue === "relays");
  const sum = counted.reduce((total, queue) => total + queue.completed, 0);
  const relayed = counted.find(({ queue }) => queue === "relays")?.completed ?? 0;
  return [
    ...(sum > completed ? [`the store counted ${sum} completed jobs, and has ${completed}`] : []),
    ...(relayed > ledger.size ? [`the store counted ${relayed} relays, and the subscriber got ${ledger.size}`] : []),
    ...(sum === 0 ? ["the store counted nothing"] : []),
  ];
}

type Standing = { readonly dead: ReadonlySet<string>; readonly completed: number; readonly stats: Metrics };

async function standing(operator: ReturnType<typeof createOperator>): Promise<Standing | undefined> {
  try {
    const letters = await operator.dead();
    const { completed = 0 } = await operator.counts();
    return {
      dead: new Set(letters.map(({ metadata }) => metadata.delivery)),
      completed,
      stats: await operator.stats(),
    };
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
