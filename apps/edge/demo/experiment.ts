import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "@longshore/signals";
import { type Told, alertProblems, stateOf } from "./alerts.ts";
import { type DeadError, letterProblems } from "./dead-letters.ts";
import { deliveries } from "./deliveries.ts";
import { mostAtOnce, orderProblems } from "./order.ts";
import { classifyMissing } from "./missing.ts";
import { createJournal } from "./journal.ts";
import { createOperator } from "./operator.ts";
import { stallSignal } from "./stall.ts";
import { startProgress } from "./progress.ts";
import { startRuntime } from "./runtime.ts";
import type { Score } from "./score.ts";
import { localSecrets, signingSecret } from "./secrets.ts";
import { createSender } from "./sender.ts";
import { slowdownFactor } from "./slowdown.ts";
import { disagreements, finalState } from "./final-state.ts";
import { startSubscriber } from "./subscriber.ts";

/** After how many looks, a second apart, at which nothing has moved the run is given up, on a quiet machine: more than a lease. */
const PATIENCE = 60;
/** What nobody wants to wait for, nor those behind it; without it they are 30 s, 30 s, 15 s and 5 min. What a slow machine must keep is longer there. */
const hasteAt = (slow: number) => ({
  DEV_FIRST_RETRY_MS: "100",
  DEV_LEASE_MS: String(Math.round(4_000 * slow)),
  DEV_TIMEOUT_MS: String(Math.round(1_000 * slow)),
  DEV_SWEEP_MS: "2000",
});
/** At which shares of the webhooks workerd is killed, and the subscriber goes away. */
const KILL_AT = [0.25, 0.5, 0.75];
const AWAY_AT = [0.4, 0.65];
const AWAY_MS = 1_500;
/** The two lines that the app has for each subscriber. */
const MOST_AT_ONCE = 2;
/** Within how many triggers an alert is to come: a sweep has to look, and then a job has to deliver it. */
const TRIGGERS = 200;

/** How long the app may take to say in the end how it stands; where it does not, that is unknown. */
const ANSWER_MS = 120_000;

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
  const slow = slowdownFactor();
  const haste = hasteAt(slow);
  const secrets = localSecrets();
  const signing = { events: signingSecret(), alerts: signingSecret() };
  const webhooks = deliveries(secrets.GITHUB_WEBHOOK_SECRET);
  const subscriber = await startSubscriber(signing);
  const journal = createJournal();
  let accepted: ReadonlySet<string> = new Set();
  let kills = 0;
  let triggers = 0;
  // Each of them only grows, and ends somewhere: whatever waits for ever is seen, however much it does meanwhile.
  const { signal, end } = stallSignal(
    () => [accepted.size, kills, subscriber.ledger.size, journal.ended(), triggers].join(),
    Math.ceil(PATIENCE * slow),
  );
  const subscribers = JSON.stringify([{ name: "local", url: subscriber.url, secret: signing.events }]);
  const runtime = await startRuntime(
    {
      ...secrets,
      ...haste,
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
  accepted = sender.accepted;
  const operator = createOperator(runtime.url, secrets.OPERATOR_TOKEN, signal);
  const problems: string[] = [];
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
    for (let left = TRIGGERS; stateOf(subscriber.inbox.told, "deadLetters") !== state && left > 0; left--) {
      triggers++;
      await runtime.trigger("*/5 * * * *");
      await delay(250, undefined, { signal });
    }
  };

  try {
    const shortened = Object.entries(haste).map(([name, ms]) => `${name}=${ms}`);
    progress.note(`starting the app in workerd, in a hurry: ${shortened.join(" ")}`);
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
    problems.push(`not finished: ${describe(signal.aborted ? signal.reason : error)}`);
  }
  end();
  const missing = [...sender.accepted].filter((id) => !subscriber.ledger.has(id));
  const asking = AbortSignal.timeout(ANSWER_MS);
  const left = await finalState(createOperator(runtime.url, secrets.OPERATOR_TOKEN, asking), missing);
  progress.stop();
  await runtime.stop();

  // The ledger is asked again, because some may have been relayed since.
  const { waiting, lost, unknown } = classifyMissing(missing, left, subscriber.ledger);
  if (left === undefined) problems.push("the app no longer answers its operators");
  if (unknown.length > 0) problems.push(`unknown, because nobody answered: what became of ${unknown.length} webhooks`);
  if (waiting.length > 0) problems.push(`${waiting.length} webhooks still wait`);
  if (lost.length > 0) problems.push(`lost: ${lost.join(", ")}`);
  const alerts = subscriber.inbox.told;
  if (left !== undefined) {
    problems.push(...disagreements(left, subscriber.ledger));
    problems.push(...alertProblems(alerts, { died: dead, left: left.letters }));
  }
  const atOnce = mostAtOnce(subscriber.asks);
  if (atOnce > MOST_AT_ONCE) problems.push(`the subscriber had ${atOnce} events in hand at once, not ${MOST_AT_ONCE}`);
  const order = orderProblems(subscriber.asks, sender.posted);
  problems.push(...order.problems);
  if (order.pairs === 0) problems.push("no two events of one repository came after each other");
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
    atOnce,
    ordered: order.pairs,
    lost: lost.length,
    unknown: unknown.length,
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
