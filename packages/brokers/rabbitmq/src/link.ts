import { LongshoreError, type Platform } from "@longshore/core";
import type { Connect, Connection, DeliveredMessage, OutgoingMessage, Subscription, Topology } from "./connection.ts";

/** One connection at a time, opened when it is needed, and anew after it ended. */
export type Link = {
  declare(topology: Topology): Promise<void>;
  publish(message: OutgoingMessage): ReturnType<Connection["publish"]>;
  consume(request: ConsumeRequest): LastingSubscription;
  /** Ends the connection and every subscription. Never rejects. */
  close(): Promise<void>;
};

export type ConsumeRequest = {
  readonly queue: string;
  /** How many messages may be unacknowledged at a time. */
  readonly prefetch: number;
  readonly deliver: (message: DeliveredMessage) => void;
  /** Called before each subscription, until it succeeds. */
  readonly prepare: () => Promise<void>;
  /** Told of each subscription that ended or failed, and when there will be another. */
  readonly lost: (reason: string, againMs: number) => void;
};

/** A subscription that is renewed after each loss, until `cancel` or `close`. */
export type LastingSubscription = Pick<Subscription, "cancel" | "close">;

/** More than a healthy server takes for any answer: after that, its connection is given up. */
const PATIENCE_MS = 30_000;
/** For a goodbye, which a server that has vanished does not answer. */
const CLOSE_MS = 5_000;
/** The pause doubles with each failure, so that a server that comes back is not overrun. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5_000;

export function createLink(connect: Connect, { timer }: Pick<Platform, "timer">): Link {
  let current: Promise<Connection> | undefined;
  let closed = false;
  const subscriptions = new Set<LastingSubscription>();

  const inTime = async <T>(answer: Promise<T>, what: string, giveUp = () => {}, ms = PATIENCE_MS): Promise<T> => {
    let stopTimer = (): void => {};
    const late = new Promise<never>((_, reject) => {
      stopTimer = timer(ms, () => {
        giveUp();
        reject(new Error(`RabbitMQ took more than ${ms / 1_000} s to ${what}`));
      });
    });
    return Promise.race([answer, late]).finally(stopTimer);
  };
  const bounded = (goodbye: Promise<void> | undefined): Promise<void> =>
    inTime(Promise.resolve(goodbye), "close", undefined, CLOSE_MS).catch(() => {});
  const drop = (connection: Promise<Connection>): void => {
    if (current === connection) current = undefined;
    connection.then((opened) => opened.close()).catch(() => {});
  };
  const open = (): Promise<Connection> => {
    const connecting = connect();
    const opening = inTime(connecting, "accept a connection", () => drop(connecting));
    const forget = (): void => {
      if (current === opening) current = undefined;
    };
    const lost = async ({ ended, close }: Connection): Promise<void> => {
      await ended;
      forget();
      // Of whatever is left of it.
      await close();
    };
    opening.then(lost).catch(forget);
    return opening;
  };
  /** A call without an answer costs the connection: its other end may have vanished without a word. */
  const call = async <T>(what: string, ask: (connection: Connection) => Promise<T>): Promise<T> => {
    if (closed) throw new LongshoreError("invalid_option", "This RabbitMQ adapter was closed; make another one.");
    current ??= open();
    const used = current;
    const connection = await used;
    return inTime(ask(connection), what, () => drop(used));
  };

  const subscribe = ({ queue, prefetch, deliver, prepare, lost }: ConsumeRequest): LastingSubscription => {
    let stopped = false;
    let stop = (): void => {};
    const stopping = new Promise<void>((resolve) => (stop = resolve));
    let subscription: Subscription | undefined;
    const lasting = async (): Promise<void> => {
      for (let failures = 0; !stopped; failures++) {
        let reason: string;
        try {
          await prepare();
          subscription = await call("subscribe", async (connection) => {
            const own = await connection.consume(queue, prefetch, deliver);
            // Not every client tells the consumers of a connection that was given up.
            return { ...own, ended: Promise.race([own.ended, connection.ended]) };
          });
          failures = 0;
          if (stopped) await bounded(subscription.cancel());
          reason = (await Promise.race([subscription.ended, stopping])) ?? "";
        } catch (error) {
          reason = String(error);
        }
        if (stopped) return;
        // A channel whose consumer the server cancelled still holds messages.
        await bounded(subscription?.close());
        const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        lost(reason, pauseMs);
        let stopTimer = (): void => {};
        await Promise.race([new Promise<void>((resolve) => (stopTimer = timer(pauseMs, resolve))), stopping]);
        stopTimer();
      }
    };
    const ended = lasting();
    const one: LastingSubscription = {
      async cancel() {
        stopped = true;
        stop();
        await bounded(subscription?.cancel());
      },
      async close() {
        await one.cancel();
        await ended;
        await bounded(subscription?.close());
        subscriptions.delete(one);
      },
    };
    subscriptions.add(one);
    return one;
  };

  return {
    declare: (topology) => call("declare queues", (connection) => connection.declare(topology)),
    publish: (message) => call("confirm a message", (connection) => connection.publish(message)),
    consume: subscribe,
    async close() {
      closed = true;
      await Promise.all([...subscriptions].map((one) => one.close()));
      await bounded(current?.then((opened) => opened.close()));
    },
  };
}
