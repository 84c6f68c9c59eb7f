import type { Logger } from "@longshore/core";
import { type Checks, aFunction, aLogger, checkOptions, logTo } from "@longshore/core/adapter";
import type { Listen } from "./notify.ts";

/** A client of pg, as far as it is used to listen. */
export type ListeningClient = {
  connect(): PromiseLike<unknown>;
  query(text: string): PromiseLike<unknown>;
  on(event: "notification", listener: (message: { readonly payload?: string | undefined }) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  end(): PromiseLike<unknown>;
};

export type ListenOptions = {
  /** Where it is told that the connection is lost, or cannot be had: once, until it listens again. Default: `console`. */
  readonly log?: Logger | undefined;
};
const CHECKS: Checks<ListenOptions> = { log: aLogger };

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Listens with a client of pg of its own, and makes a new one when its connection is lost. It must reach the server
 * directly: a pooler of transactions passes no notification on. For `listen` of `postgres`. Fails with `invalid_option`.
 *
 * ```ts
 * const jobs = postgres(pool, { listen: listenWith(() => new pg.Client({ connectionString })) });
 * ```
 */
export function listenWith(makeClient: () => ListeningClient, options: ListenOptions = {}): Listen {
  aFunction(makeClient, "argument of listenWith");
  checkOptions("listenWith", options, CHECKS);
  const { log = console } = options;
  return (channel, heard) => {
    let stopped = false;
    let failures = 0;
    let current: ListeningClient | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const later = (cause?: unknown): void => {
      if (failures === 0)
        logTo(log, "warn", "no connection listens to Postgres; workers find new jobs when they poll", { error: cause });
      timer = setTimeout(again, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++));
      // The connection was what kept the process, and it is lost.
      (timer as { unref?(): unknown }).unref?.();
    };
    const again = (): void => {
      try {
        void connect(makeClient());
      } catch (error) {
        later(error);
      }
    };
    const connect = async (client: ListeningClient): Promise<void> => {
      current = client;
      let lost = false;
      const lose = (cause?: unknown): void => {
        if (lost || stopped) return;
        lost = true;
        later(cause);
        Promise.resolve(client.end()).catch(() => {});
      };
      client.on("error", lose);
      client.on("end", () => lose());
      client.on("notification", ({ payload }) => heard(payload));
      try {
        await client.connect();
        await client.query(`listen "${channel}"`);
        failures = 0;
        // What was announced before is not heard.
        heard();
      } catch (error) {
        lose(error);
      }
    };
    // The first one that cannot be made is the caller's to hear of.
    void connect(makeClient());
    return async () => {
      stopped = true;
      clearTimeout(timer);
      await current?.end();
    };
  };
}
