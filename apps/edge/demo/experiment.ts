import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "@longshore/signals";
import { type Told, alertProblems, stateOf } from "./alerts.ts";
import { type DeadError, letterProblems } from "./dead-letters.ts";
import { deliveries } from "./deliveries.ts";
import { createJournal } from "./journal.ts";
import { createOperator } from "./operator.ts";
import { startProgress } from "./progress.ts";
import { startRuntime } from "./runtime.ts";
import type { Score } from "./score.ts";
import { localSecrets, signingSecret } from "./secrets.ts";
import { createSender } from "./sender.ts";
import { disagreements, standing } from "./standing.ts";
import { startSubscriber } from "./subscriber.ts";

const DEADLINE_MS = 80_000;
/** What nobody wants to wait for, in ms; without it they are 30 s, 30 s, 15 s and 5 min. */
const HASTE = { DEV_FIRST_RETRY_MS: "300", DEV_LEASE_MS: "4000", DEV_TIMEOUT_MS: "1000", DEV_SWEEP_MS: "2000" };
/** At which shares of the webhooks workerd is killed, and the subscriber goes away. */
const KILL_AT = [0.25, 0.5, 0.75];
const AWAY_AT = [0.4, 0.65];
const AWAY_MS = 1_500;
/** How long an alert may take: a sweep has to come, and then a job has to deliver it. */
const TOLD_WITHIN_MS = 15_000;

/** What was measured, and what must not have happened. */
export type Finding = {
  readonly score: Score;
  /** What the store counted; undefined where nobody answered any more. */
  readonly stats: Metrics | undefined;
  /** As the receiver took them. */
  readonly alerts: readonly Told[];
  readonly problems: readonly string[];
};

/** Posts, disturbs, waits, replays, and counts. The subscriber's own ledger says what was lost. */
export async function experiment(): Promise<Finding> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const secrets = localSecrets();
  const signing = { events: signingSecret(), alerts: signingSecret() };
  const webhooks = deliveries(secrets.GITHUB_WEBHOOK_SECRET);
  const subscriber = await startSubscriber(signing);
  const journal = createJournal();
  const subscribers = JSON.stringify([{ name: "local", url: subscriber.url, secret: signing.events }]);
  const runtime = await startRuntime(
    {
      ...secrets,
      ...HASTE,
      SUBSCRIBERS: subscribers,
      ALERT_WEBHOOK_URL: subscriber.alertsUrl,
      ALERT_WEBHOOK_SECRET: signing.alerts,
      DEV_LOOPBACK: "allow",
      LOG_STARTS: "yes",
    },
    journal.read,
    signal,
  );
  const sender = createSender(runtime.url, signal);
  const operator = createOperator(runtime.url, secrets.OPERATOR_TOKEN, signal);
  const problems: string[] = [];
  let kills = 0;
  let dead = 0;
  let replayed = 0;
  let errors: readonly DeadError[] = [];

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

  /** Does what the platform does every five minutes, until the alert has come. One that never comes is found below. */
  const toldThat = async (state: Told["state"]): Promise<void> => {
    const until = performance.now() + TOLD_WITHIN_MS;
    while (stateOf(subscriber.inbox.told, "deadLetters") !== state && performance.now() < until) {
      await runtime.trigger("*/5 * * * *");
      await delay(250, undefined, { signal });
    }
  };

  try {
    progress.note("starting the app in workerd; shortened: first retry 0.3 s, lease 4 s, timeout 1 s, sweep 2 s");
    await runtime.ready();
    progress.note(`posting ${webhooks.length} webhooks, one in six of them twice`);
    await Promise.all([sender.sendAll(webhooks), killNowAndThen(), goAwayNowAndThen()]);
    progress.note(`all are accepted; ${sender.repeats()} posts had no answer in the kills and were repeated`);
    await operator.allEnded();
    const letters = await operator.dead();
    dead = letters.length;
    errors = await operator.errors();
    problems.push(...letterProblems(letters, errors, subscriber.answers));
    if (dead > 0) await toldThat("firing");
    subscriber.recover();
    progress.note(`the subscriber has recovered; replaying ${dead} dead letters`);
    replayed = await operator.replay(letters);
    await operator.allEnded();
    if ((await operator.dead()).length === 0) await toldThat("resolved");
  } catch (error) {
    if (signal.aborted) problems.push(`not finished within ${DEADLINE_MS / 1_000} s`);
    problems.push(describe(error));
  }
  const missing = [...sender.accepted].filter((id) => !subscriber.ledger.has(id));
  const left = await standing(createOperator(runtime.url, secrets.OPERATOR_TOKEN, AbortSignal.timeout(4_000)), missing);
  progress.stop();
  await runtime.stop();

  if (left === undefined) problems.push("the app no longer answers its operators");
  const waiting = missing.filter((id) => left?.waiting.has(id));
  const gone = missing.filter((id) => !left?.waiting.has(id) && !left?.dead.has(id));
  // Asked again, because some may have been relayed since.
  const lost = gone.filter((id) => !subscriber.ledger.has(id));
  if (waiting.length > 0) problems.push(`${waiting.length} webhooks still wait`);
  if (lost.length > 0) problems.push(`lost: ${lost.join(", ")}`);
  const alerts = subscriber.inbox.told;
  if (left !== undefined) {
    problems.push(...disagreements(left, subscriber.ledger));
    problems.push(...alertProblems(alerts, { died: dead, left: left.letters }));
  }
  const twice = journal.completedTwice();
  if (twice.length > 0) problems.push(`settled as completed twice: ${twice.join(", ")}`);
  const score: Score = {
    accepted: sender.accepted.size,
    duplicates: sender.duplicates(),
    completed: left?.completed ?? 0,
    retried: journal.retried(),
    dead,
    errors: errors.map(({ message, count }) => ({ message, count })),
    replayed,
    repeated: [...subscriber.ledger.values()].filter((times) => times > 1).length,
    lost: lost.length,
    fired: alerts.filter(({ state }) => state === "firing").length,
    resolved: alerts.filter(({ state }) => state === "resolved").length,
    kills,
    p50: journal.waited(0.5),
    p95: journal.waited(0.95),
    p99: journal.waited(0.99),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  return { score, stats: left?.stats, alerts, problems };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
