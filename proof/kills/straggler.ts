import { setTimeout as delay } from "node:timers/promises";
import type { ClaimedJob, SettleAnswer } from "@longshore/core/adapter";
import type { Chance } from "./chance.ts";
import { LEASE_MS, type Signature, plain } from "./jobs.ts";
import type { Notes } from "./note.ts";
import type { TestedStore } from "./subject.ts";

/**
 * A worker outside that freezes: it claims, holds still, renews nothing, and settles when it comes to itself, often
 * after its lease, and after a kill or two. Whoever a kill ends comes back without its tokens.
 */
export type Straggler = {
  /** What the store said to its settlements. */
  readonly answers: Readonly<Record<Extract<SettleAnswer, string>, number>>;
  /** It claims no more, and forgets what it holds. */
  leave(): void;
};

const EVERY_MS = 30;
const AT_ONCE = 4;
/** Half of them come to themselves just when somebody else has taken over; the others earlier or later. */
const AFTER_LEASE_MS = [LEASE_MS, LEASE_MS + 150] as const;
const ANY_TIME_MS = [LEASE_MS / 2, LEASE_MS * 2] as const;
const AGAIN_MS = 50;

export function startStraggler(adapter: TestedStore, notes: Notes, chance: Chance): Straggler {
  const answers = { accepted: 0, repeated: 0, cancelled: 0, stale: 0, gone: 0 };
  let left = false;

  const hold = async ({ id, attempt, token, ageMs }: ClaimedJob): Promise<void> => {
    await notes.note({ type: "executed", id, attempt, token, by: "straggler", fails: false, ageMs });
    await delay(chance.between(...(chance.next() < 0.5 ? AFTER_LEASE_MS : ANY_TIME_MS)));
    const signature: Signature = { token, attempt };
    while (!left) {
      const outcome = { type: "complete", result: JSON.stringify(signature) } as const;
      const answer = await adapter.settle([{ id, token, outcome }]).catch(() => []);
      const [told] = answer;
      const said = typeof told === "object" ? told.status : told;
      if (said !== undefined) {
        answers[said]++;
        if (said === "accepted" || said === "repeated") await notes.note({ type: "accepted", id });
        return;
      }
      await delay(AGAIN_MS);
    }
  };
  const claim = async (): Promise<void> => {
    while (!left) {
      const queues = [{ name: plain.queue, limit: AT_ONCE }];
      const claimed = await adapter.claim({ queues, leaseMs: LEASE_MS }).catch(() => []);
      for (const job of claimed) if (!left) void hold(job);
      await delay(EVERY_MS);
    }
  };
  void claim();
  return {
    answers,
    leave() {
      left = true;
    },
  };
}
