import type { OutgoingMessage, Topology } from "./connection.ts";

/**
 * Delays without a plugin, and without one message that waits behind another (docs/decisions/0039): a level for each bit
 * of the delay in seconds, with a queue in which every message waits equally long, 2^n s. A message passes the levels of
 * its bits, from the highest down, inside the server; then it reaches its queue. All queues share the levels.
 */
const LEVELS = 20;

/** The longest delay of one message, 12 days: longer ones hop. */
export const MAX_HOP_MS: number = (2 ** LEVELS - 1) * 1_000;

/**
 * Deliveries of one message, after which the server moves it to the dead letters. Only lost consumers use them up: a
 * retry is a new message. Since 4.0 the server's own limit is 20.
 */
const DELIVERY_LIMIT = 100;
/** Nothing comes after the dead letters: no number of crashes of whoever reads them may remove one. */
const DEAD_DELIVERY_LIMIT = 1_000_000;

const QUORUM = { "x-queue-type": "quorum" };
/** A message leaves a queue only when the next one has confirmed it. */
const SAFE = { ...QUORUM, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish" };

/** The names of the exchanges and queues in the server. */
export type Names = { readonly prefix: string; readonly deadLetters: string };

export function queueName({ prefix }: Names, queue: string): string {
  return `${prefix}.queue.${queue}`;
}

/** The queue's name as one word of a routing key, whose words are parted by dots. A name has no slash. */
function word({ prefix }: Names, queue: string): string {
  return `${prefix}/${queue.replaceAll(".", "/")}`;
}

/** Level 19 is the highest; below level 0 the message is due. */
function levelName({ prefix }: Names, level: number): string {
  return level < 0 ? `${prefix}.due` : `${prefix}.delay.${String(level).padStart(2, "0")}`;
}

/** What one queue needs beside the ladder. */
export function queueTopology(names: Names, queue: string): Topology {
  const name = queueName(names, queue);
  return {
    exchanges: [],
    queues: [
      {
        name,
        arguments: {
          ...SAFE,
          "x-delivery-limit": DELIVERY_LIMIT,
          "x-dead-letter-exchange": "",
          "x-dead-letter-routing-key": names.deadLetters,
        },
      },
    ],
    bindings: [{ from: levelName(names, -1), to: name, kind: "queue", key: `#.${word(names, queue)}` }],
  };
}

/** The dead letters' queue, and the exchanges and queues of all levels. */
export function ladderTopology(names: Names): Topology {
  const levels = Array.from({ length: LEVELS }, (_, n) => n);
  return {
    // The one that is due last: a queue is bound to it, and whoever finds it finds the others. And of the bindings the lowest
    // level's first: whoever finds the highest one finds the others.
    exchanges: [...levels, -1].map((n) => ({ name: levelName(names, n), type: "topic" })),
    queues: [
      { name: names.deadLetters, arguments: { ...QUORUM, "x-delivery-limit": DEAD_DELIVERY_LIMIT } },
      ...levels.map((n) => ({
        name: levelName(names, n),
        arguments: { ...SAFE, "x-message-ttl": 2 ** n * 1_000, "x-dead-letter-exchange": levelName(names, n - 1) },
      })),
    ],
    bindings: levels.flatMap((n) => [
      { from: levelName(names, n), to: levelName(names, n), kind: "queue" as const, key: bitIs(n, "1") },
      { from: levelName(names, n), to: levelName(names, n - 1), kind: "exchange" as const, key: bitIs(n, "0") },
    ]),
  };
}

/** Matches routing keys whose bit `n` is so. */
function bitIs(n: number, bit: "0" | "1"): string {
  return [...Array.from({ length: LEVELS - 1 - n }, () => "*"), bit, "#"].join(".");
}

/** Where a message enters, and the bits that lead it on. Rounds up to whole seconds, so that nothing comes early. */
export function route(names: Names, queue: string, delayMs: number): Pick<OutgoingMessage, "exchange" | "key"> {
  const seconds = Math.ceil(Math.min(MAX_HOP_MS, Math.max(0, delayMs)) / 1_000);
  const name = queueName(names, queue);
  if (seconds === 0) return { exchange: "", key: name };
  const bits = seconds.toString(2).padStart(LEVELS, "0");
  return { exchange: levelName(names, LEVELS - 1 - bits.indexOf("1")), key: [...bits, word(names, queue)].join(".") };
}
