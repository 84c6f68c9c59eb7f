import { setTimeout as delay } from "node:timers/promises";
import type { Chance } from "./chance.ts";
import type { Ledger } from "./ledger.ts";
import type { Producing } from "./producer.ts";
import type { Subject } from "./subject.ts";

/** A kill comes so long after the last one, in ms. */
const ALIVE_MS = [20, 400] as const;
/** Every other kill is aimed at a reply, and comes so long after a call began. */
const REPLY_MS = [0, 4] as const;
const LAST_ORDER = 40;
/** What is delayed of it needs somebody who wakes later, and not only when the system comes back. */
const LAST_DELAY_MS = 2_500;
export const PATIENCE_MS = 60_000;
export const LOOK_MS = 100;

export type Killing = {
  readonly subject: Pick<Subject, "kill">;
  readonly producer: Producing;
  readonly ledger: Ledger;
  readonly chance: Chance;
  /** The last of them is the caller's, and meets all. */
  readonly kills: number;
  readonly say: (line: string) => void;
};

/** Kills one part after the other while jobs flow. When it resolves, the producer has ended, and its last jobs are on their way. */
export async function killOften({ subject, producer, ledger, chance, kills, say }: Killing): Promise<void> {
  for (let turn = 1; turn < kills; turn++) {
    await delay(chance.between(...ALIVE_MS));
    if (chance.next() < 0.5) {
      await ledger.next("attempted");
      await delay(chance.between(...REPLY_MS));
    }
    await subject.kill(turn);
    if (turn % 10 === 0) say(`${turn} kills, ${ledger.entries.length} entries in the ledger`);
  }
  producer.stop();
  await producer.ended;
  await producer.order(LAST_ORDER, LAST_DELAY_MS);
  await delay(chance.between(...ALIVE_MS));
}

/** Throws with what does not come to hold. */
export async function until(
  holds: () => boolean,
  what: string,
  { lastWords }: Pick<Subject, "lastWords">,
): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(LOOK_MS)) {
    if (holds()) return;
  }
  throw new Error(`Waited in vain for ${what}. The last words:\n${lastWords()}`);
}
