import type { Logger, Platform } from "@longshore/core";
import { type CarriedRunner, type JobRunner, logTo } from "@longshore/core/adapter";
import { type ForeignHandler, type Message, runMessages } from "@longshore/core/broker";
import type { Sqs } from "./broker.ts";
import { type Held, hold } from "./held.ts";
import { BATCH_MESSAGES, HIDDEN_MS } from "./limits.ts";
import type { SqsMessage, SqsQueue } from "./queue.ts";

export type PollQueueOptions = {
  readonly broker: Sqs;
  readonly worker: JobRunner | CarriedRunner;
  readonly slots: number;
  readonly visibilityMs: number;
  readonly waitMs: number;
  readonly foreign: ForeignHandler<Message> | undefined;
  readonly log: Logger;
  readonly platform: Pick<Platform, "timer" | "turn">;
};

/** The most calls for messages under way. Only where each finds all it asked for are there more than one. */
const MOST_CALLS = 10;
const LEAST_PAUSE_MS = 1_000;
const MOST_PAUSE_MS = 30_000;

/** Polls one queue until it is stopped. */
export function pollQueue(queue: SqsQueue, options: PollQueueOptions): { stop(graceMs: number): Promise<void> } {
  const { broker, worker, slots, visibilityMs, waitMs, foreign, log } = options;
  const { timer, turn } = options.platform;
  const name = queue.url.slice(queue.url.lastIndexOf("/") + 1);
  const inHand = new Set<Held>();
  const running = new Set<Promise<void>>();
  const deadlines = new Set<() => void>();
  let stopped = false;
  let endPause = (): void => {};
  let calls = 0;
  let wanted = 1;
  let asked = 0;
  let failures = 0;

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const ms = Math.min(MOST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
      const cancel = timer(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  const receive = async (most: number): Promise<readonly SqsMessage[]> => {
    try {
      const received = await queue.receive(most, waitMs, visibilityMs);
      failures = 0;
      return received;
    } catch (error) {
      failures++;
      // Once, and not with every call of an outage.
      if (failures === 1) logTo(log, "error", "SQS gives no messages, and is asked again", { error, queue: name });
      if (!stopped) await pause();
      return [];
    }
  };
  const look = async (most: number): Promise<void> => {
    calls++;
    asked += most;
    const received = await receive(most);
    calls--;
    asked -= most;
    wanted = received.length < most ? 1 : Math.min(MOST_CALLS, wanted + 1);
    if (received.length > 0) track(run(received));
    fill();
  };
  const fill = (): void => {
    while (!stopped && calls < wanted) {
      // Of a FIFO queue one by one: of a group's next messages none may be in hand before the first is settled.
      const most = Math.min(queue.fifo ? 1 : BATCH_MESSAGES, slots - inHand.size - asked);
      if (most < 1) return;
      track(look(most));
    }
  };
  let filling = false;
  /** What is decided in one turn frees its slots together: one call for ten messages, and not ten for one. */
  const fillSoon = async (): Promise<void> => {
    if (filling) return;
    filling = true;
    await turn();
    filling = false;
    fill();
  };
  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  };

  const run = async (received: readonly SqsMessage[]): Promise<void> => {
    if (stopped) {
      // For another process, at once.
      await Promise.allSettled(received.map((one) => one.retry(0)));
      return;
    }
    const held = received.map((one) =>
      hold(one, (done) => {
        inHand.delete(done);
        track(fillSoon());
      }),
    );
    for (const one of held) inHand.add(one);
    await runMessages<Message>(held, {
      receive: broker.receive,
      worker,
      message: (one) => one,
      foreign,
      log,
      fields: { queue: name },
      platform: { timer: (ms, callback) => (ms === HIDDEN_MS ? deadline(callback) : timer(ms, callback)) },
      forMs: HIDDEN_MS,
    });
    // Whatever SQS did not take comes again by itself.
    for (const one of held) inHand.delete(one);
    track(fillSoon());
  };
  /** The end of a run: after as long as a message can be hidden, or when `stop` has waited long enough. */
  const deadline = (passed: () => void): (() => void) => {
    const cancel = timer(HIDDEN_MS, passed);
    deadlines.add(passed);
    return () => {
      deadlines.delete(passed);
      cancel();
    };
  };

  const extend = async (one: Held): Promise<void> => {
    // What is asked for beyond 12 hours SQS refuses.
    if (broker.now() + visibilityMs - one.receivedAt > HIDDEN_MS) return;
    try {
      await one.extend(() => queue.hide(one.handle, visibilityMs));
    } catch (error) {
      logTo(log, "warn", "a message could not be kept hidden, and may be delivered again while its job runs", {
        error,
        queue: name,
      });
    }
  };
  let cancelExtending = (): void => {};
  const extendAll = (): void => {
    cancelExtending = timer(visibilityMs / 3, () => {
      track(Promise.all([...inHand].map(extend)).then(() => {}));
      extendAll();
    });
  };

  extendAll();
  fill();
  return {
    async stop(graceMs) {
      stopped = true;
      endPause();
      const cancel = timer(graceMs, () => {
        for (const passed of deadlines) passed();
      });
      while (running.size > 0) await Promise.all(running);
      cancel();
      cancelExtending();
    },
  };
}
