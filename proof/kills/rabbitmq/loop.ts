import { setTimeout as delay } from "node:timers/promises";
import { createQueue } from "@longshore/core";
import { type RabbitMQ, consumeDeadLetters } from "@longshore/rabbitmq";
import { type Row, type Story, audit, storiesOf } from "../audit.ts";
import { chanceOf } from "../chance.ts";
import { childOf, isParent, messageOf } from "../jobs.ts";
import { LOOK_MS, killOften, until } from "../killing.ts";
import { type Ledger, openLedger } from "../ledger.ts";
import type { Finding, LoopOptions } from "../loop.ts";
import { startProducer } from "../producer.ts";
import { recoveries, restarts, spreadOf } from "../recovery.ts";
import { type BrokerSubject, openRabbitMQ } from "./subject.ts";

/** The kills begin when so many jobs have run. */
const FLOWING = 20;
/** When all jobs have ended, who is silent for a fifth of this has nothing more: so late a message comes twice. */
const SILENCE_MS = 15_000;
/**
 * What was on its way from one queue of delays to the next when the server was killed comes later: the server sends it again
 * when it has waited for its own confirm for three minutes (`dead_letter_worker_publisher_confirm_timeout`), and does not
 * count it until then.
 */
const RESENT_MS = 200_000;
const MOST_ROUNDS = 5;

/**
 * As the loop over stores, but that there are no rows to compare with the ledger: a job is at its end when a handler came to
 * its end, or when it is a dead letter, and in the end no message may be left.
 */
export async function brokerLoop({ kills, seed, sabotage, say }: Omit<LoopOptions, "store">): Promise<Finding> {
  const chance = chanceOf(seed);
  const ledger = await openLedger();
  const subject = await openRabbitMQ({ ledger, chance, kills, sabotage });
  try {
    const { broker } = subject;
    const producer = startProducer(createQueue(broker), ledger, { chance, origin: 0, lanes: 1, orderOf: messageOf });
    const ran = (): number => ledger.entries.filter(({ type }) => type === "finished").length;
    await until(() => ran() >= FLOWING, "jobs to flow", subject);
    await killOften({ subject, producer, ledger, chance, kills, say });
    const lastKill = performance.now();
    await subject.killAll();

    say("quiet: nobody enqueues any more");
    const dead = readDeadLetters(broker);
    await drained(subject, ledger, dead.rows);
    await dead.stop();
    say(`${open(ledger, dead.rows).length} jobs have not come to an end`);
    for (const { id, acknowledged, executions } of storiesOf(ledger.entries).values()) {
      if (!isParent(id) || (!acknowledged && executions.length === 0)) continue;
      // Sent by whoever completed its parent, before the parent's message was acknowledged.
      await ledger.note({ type: "attempted", id: childOf(id), end: "gone" });
      if (acknowledged) await ledger.note({ type: "acknowledged", id: childOf(id) });
    }
    const { entries } = ledger;
    const unfinished = open(ledger, dead.rows).map(({ id }): Row => ({
      id,
      state: "enqueued",
      attempt: 0,
      result: undefined,
    }));
    const killed = (target: "process" | "server"): number =>
      entries.filter((entry) => entry.type === "killed" && entry.target === target).length;
    const { counters, problems } = audit(entries, [...dead.rows.values(), ...unfinished]);
    const completed = [...storiesOf(entries).values()].filter(({ finished }) => finished > 0).length;
    return {
      counters: { ...counters, completed },
      problems,
      entries,
      kills: killed("process"),
      server: { kills: killed("server"), restarts: 0 },
      recoveryMs: spreadOf(recoveries(entries)),
      aloneMs: spreadOf(recoveries(entries.filter(({ type, at }) => type !== "killed" || at > lastKill))),
      restartMs: spreadOf(restarts(entries, "server")),
    };
  } finally {
    await subject.stop();
    ledger.close();
  }
}

/** Acknowledged, and neither a handler came to its end nor is there a dead letter. */
function open(ledger: Ledger, dead: ReadonlyMap<string, Row>): readonly Story[] {
  const stories = [...storiesOf(ledger.entries).values()];
  return stories.filter(({ id, acknowledged, finished }) => acknowledged && finished === 0 && !dead.has(id));
}

type DeadLetters = { readonly rows: ReadonlyMap<string, Row>; stop(): Promise<void> };

function readDeadLetters(broker: RabbitMQ): DeadLetters {
  const rows = new Map<string, Row>();
  const { stop } = consumeDeadLetters({
    broker,
    handler(letter) {
      if (letter === undefined) throw new Error("A dead letter is not ours.");
      const { id } = JSON.parse(letter.payload) as { readonly id: string }; // as our producers send it
      rows.set(id, { id, state: "dead", attempt: letter.end?.attempts ?? 0, result: undefined });
    },
  });
  return { rows, stop: () => stop() };
}

/**
 * Resolves when the queues are empty and nothing more is heard, also of what a consumer held: in the end all are killed. What
 * they held goes back to the queues, and others run it. Who never acknowledges it holds it each time.
 */
async function drained(subject: BrokerSubject, ledger: Ledger, dead: ReadonlyMap<string, Row>): Promise<void> {
  let left = 0;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    if (rounds > 0) await subject.startAgain();
    await silent(subject, ledger, dead);
    await subject.endAll();
    await delay(SILENCE_MS / 5);
    left = await subject.depth();
    if (left === 0) return;
  }
  throw new Error(`${left} messages were left. The last words:\n${subject.lastWords()}`);
}

async function silent(subject: BrokerSubject, ledger: Ledger, dead: ReadonlyMap<string, Row>): Promise<void> {
  const heardAt = (): number => ledger.entries.at(-1)?.at ?? 0;
  for (let seen = dead.size, seenAt = performance.now(); ; await delay(LOOK_MS)) {
    if (dead.size > seen) [seen, seenAt] = [dead.size, performance.now()];
    const silence = performance.now() - Math.max(heardAt(), seenAt);
    if (silence > RESENT_MS) return;
    const enough = open(ledger, dead).length === 0 ? SILENCE_MS / 5 : RESENT_MS;
    if (silence > enough && (await subject.depth()) === 0) return;
  }
}
