import type { Outcome, SettleAnswer, Settlement } from "../contract/contract.ts";
import { type Snoozed, snoozedFor } from "../contract/lifecycle.ts";
import type { JobEnvelope } from "./envelope.ts";
import type { Message } from "./message.ts";
import type { Sending } from "./sending.ts";

/** A delivered message whose job a worker has. */
export type HeldMessage = {
  /** Rejects if something could not be sent or acknowledged. The message is then still held, and the call can be repeated. */
  settle(settlement: Settlement): Promise<SettleAnswer>;
  /** Hands the message back, unless its job is settled. Rejects if it could not. */
  close(retryMs: number): Promise<void>;
};

export function hold(
  message: Message,
  envelope: JobEnvelope,
  attempt: number,
  sending: Sending,
  now: () => number,
): HeldMessage {
  let settling: Promise<void> | undefined;
  let settled = false;
  /** What was sent: a repeated settlement, after an acknowledgement that failed, does not send it again. */
  const sent = new Set<"next" | "outcome">();

  const once = async (what: "next" | "outcome", send: () => Promise<void>): Promise<void> => {
    if (sent.has(what)) return;
    await send();
    sent.add(what);
  };
  const again = (attempts: number, delayMs: number, snoozed?: Snoozed): Promise<void> => {
    const next = sending.again({ ...envelope, attempts, dueAt: now() + delayMs, snoozed }, delayMs, message.id);
    return sending.postAll("queue", [next]);
  };
  const retry = async (delayMs: number): Promise<void> => {
    if (delayMs <= message.retryMs) return void (await message.retry(delayMs));
    await once("outcome", () => again(attempt, delayMs));
    await message.ack();
  };
  const act = async (outcome: Outcome): Promise<void> => {
    switch (outcome.type) {
      case "complete":
        break;
      case "retry":
        return retry(outcome.delayMs);
      case "snooze": {
        const snoozed = snoozedFor(outcome.reason, envelope.snoozed, now());
        await once("outcome", () => again(attempt - 1, outcome.delayMs, snoozed));
        break;
      }
      case "dead": {
        const letter = sending.dead(envelope, attempt, outcome.failure, message.id);
        await once("outcome", () => sending.postAll("dead", [letter]));
        break;
      }
    }
    sent.add("outcome");
    await message.ack();
  };
  // Sends everything before it acknowledges: a crash in between duplicates work but loses none.
  const actWith = async ({ outcome, next = [] }: Settlement): Promise<void> => {
    if (next.length > 0) await once("next", () => sending.postAll("queue", next.map(sending.newJob)));
    await act(outcome);
    settled = true;
  };

  return {
    async settle(settlement) {
      if (settling !== undefined) {
        await settling;
        return "repeated";
      }
      settling = actWith(settlement);
      try {
        await settling;
        const { next = [] } = settlement;
        if (next.length === 0) return "accepted";
        return { status: "accepted", next: next.map(() => ({ status: "sent" })) };
      } catch (error) {
        settling = undefined;
        throw error;
      }
    },
    async close(retryMs) {
      if (settled) return;
      // Its outcome is with the broker already: only its acknowledgement failed.
      if (sent.has("outcome")) await message.ack();
      else await retry(retryMs);
    },
  };
}
