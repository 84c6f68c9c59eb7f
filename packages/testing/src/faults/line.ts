import type { CallFault } from "./kinds.ts";

/** The line between a caller and a store: it takes time, loses calls and replies, and sends some twice. */
export type Line<Answer> = {
  /** Calls back after `ms`. */
  at(ms: number, callback: () => void): void;
  /** In [0, 1). */
  random(): number;
  /** The longest time that a message takes: usually, and if the fault is `slow`. */
  readonly usualMs: number;
  readonly slowMs: number;
  /** The call reaches the store. Resolves with `undefined` if the caller is never to hear of it. */
  arrive(): Promise<Answer | undefined>;
  /** It reaches the store once more, and nobody waits for the answer. */
  arriveAgain(): void;
  /** The caller gets an answer, or the error of a broken line. */
  answer(answer: Answer): void;
  fail(error?: unknown): void;
};

/** The error of a call over a broken line. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Sends one call over a line, with this fault. */
export function send<Answer>(line: Line<Answer>, fault: CallFault | undefined): void {
  const { at, random, usualMs, slowMs } = line;
  const latency = (): number => random() * (fault === "slow" ? slowMs : usualMs);
  const arrive = async (): Promise<void> => {
    let answer: Answer | undefined;
    try {
      answer = await line.arrive();
    } catch (error) {
      if (fault !== "hung") at(latency(), () => line.fail(fault === "lostReply" ? undefined : error));
      return;
    }
    if (fault === "hung" || answer === undefined) return;
    const arrived = answer;
    at(latency(), () => (fault === "lostReply" ? line.fail() : line.answer(arrived)));
  };
  if (fault === "unsent") return;
  if (fault === "refused") return at(latency(), () => line.fail());
  if (fault === "doubled") at(usualMs + random() * slowMs, () => line.arriveAgain());
  at(latency(), () => void arrive());
}
