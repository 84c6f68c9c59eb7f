import { type Duration, type Logger, type Platform, systemPlatform } from "@longshore/core";
import {
  type Adapter,
  type Checks,
  type Enqueue,
  type Inspect,
  type Notify,
  type Pull,
  type Wake,
  aBoolean,
  aFunction,
  aLease,
  checkName,
  checkOptions,
  duration,
  listOf,
  logTo,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { type Round, runRound } from "./round.ts";

export type OutboxOptions = {
  /** The local queues whose jobs are handed over. No worker may run them here. */
  readonly queues: readonly string[];
  /**
   * How long the server keeps what it has completed, and knows its id. A tab may be away for as long, with a reply that
   * it never got, and makes no second job. Default: `"60d"`.
   */
  readonly keep?: Duration | undefined;
  /**
   * The server gets the jobs in the order of their enqueues here, also after an outage. One outbox at a time may then
   * have these queues. Default: false.
   */
  readonly ordered?: boolean | undefined;
  /**
   * How long jobs are held here while they are handed over: if the tab is closed meanwhile, they wait for the rest of it.
   * Give it twice the `deadline` of `http` or more. Default: `"2m"`.
   */
  readonly lease?: Duration | undefined;
  /** Called after each round, to show `progress`. */
  readonly onRound?: ((round: Round) => void) | undefined;
  /** Where it is told that the local store failed: once, until it answers again. Default: `console`. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /** For tests that control time and chance. */
  readonly platform?: Platform | undefined;
};

/** What the user may be told. Of accepted jobs, those that the local store still keeps. */
export type Progress = {
  readonly waiting: number;
  readonly accepted: number;
  /** Dead letters of the local store, each with the server's reason. */
  readonly refused: number;
  /** Why the server did not take the jobs the last time; undefined if it did. */
  readonly away: string | undefined;
};

export type Outbox = {
  /** Hands over whatever is due now and later, until `stop`. */
  start(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
  /** Hands over what is due now; call it when the network is back. Rejects if the local store fails. */
  forward(): Promise<Round>;
  progress(): Promise<Progress>;
};

const aName = (value: unknown, what: string): void => checkName(value, what);
const CHECKS: Checks<OutboxOptions> = {
  queues: listOf(aName),
  keep: duration(),
  ordered: aBoolean,
  lease: aLease,
  onRound: aFunction,
  log: withMethods("warn"),
  platform: withMethods("timer", "monotonic", "random"),
};

const LONGEST_POLL_MS = 30_000;
const FIRST_AWAY_MS = 1_000;
const LONGEST_AWAY_MS = 60_000;

/**
 * Hands jobs that were enqueued in a local store over to a server, under their ids: at least once from here, and one job
 * there for as long as its row stands. While the server is away, jobs wait and spend no attempt. What it refuses for
 * good is a dead letter here, with its reason. Fails with `invalid_option`, `invalid_name` or `invalid_duration`.
 *
 * ```ts
 * const notes = outbox(local, http({ url, manifest, headers }), { queues: ["notes"] });
 * notes.start();
 * addEventListener("online", () => void notes.forward());
 * ```
 */
export function outbox(
  local: Adapter & Pull & Wake & Inspect & Partial<Notify>,
  remote: Enqueue,
  options: OutboxOptions,
): Outbox {
  withMethods("claim", "settle", "dueInMs", "counts")(local, "local store of outbox");
  withMethods("enqueue")(remote, "remote adapter of outbox");
  checkOptions("outbox", options, CHECKS);
  listOf(aName)(options.queues, "queues of outbox");
  const { queues, keep = "60d", ordered = false, lease = "2m", onRound, log = console } = options;
  const { platform = systemPlatform } = options;
  const settings = { local, remote, queues, ordered, platform, keepMs: toMs(keep), leaseMs: toMs(lease) };
  let failures = 0;
  let told = false;
  let away: string | undefined;
  let underWay: Promise<Round> | undefined;
  let running: Promise<void> | undefined;
  let stopped = true;
  let rung = false;
  let ring = (): void => {};

  const forward = (): Promise<Round> => {
    // One round at a time: a second one would overtake the first.
    underWay ??= round().finally(() => (underWay = undefined));
    return underWay;
  };
  const round = async (): Promise<Round> => {
    const done = await runRound({ ...settings, awayMs: pauseAfter(failures + 1) });
    away = done.away;
    failures = away === undefined ? 0 : failures + 1;
    onRound?.(done);
    return done;
  };

  const run = async (): Promise<void> => {
    const stopListening = local.onWake?.(() => {
      // While the server is away, a new job is no news for it.
      if (away === undefined) ring();
      rung = true;
    });
    while (!stopped) {
      rung = false;
      let ms: number;
      try {
        ms = (await forward()).away === undefined ? await untilDue() : pauseAfter(failures);
        told = false;
      } catch (error) {
        if (!told) logTo(log, "warn", "the local store failed, and no jobs are handed over meanwhile", { error });
        told = true;
        ms = pauseAfter(++failures);
      }
      if (stopped || (rung && away === undefined)) continue;
      await new Promise<void>((resolve) => {
        const cancel = platform.timer(ms, () => resolve());
        ring = () => {
          cancel();
          resolve();
        };
      });
    }
    stopListening?.();
  };
  const untilDue = async (): Promise<number> =>
    Math.min((await local.dueInMs({ queues, schedules: [] })) ?? Infinity, LONGEST_POLL_MS);
  const pauseAfter = (failed: number): number =>
    Math.min(FIRST_AWAY_MS * 2 ** (failed - 1), LONGEST_AWAY_MS) * (0.5 + platform.random() / 2);

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      const before = running ?? Promise.resolve();
      running = before.then(run);
    },
    async stop() {
      stopped = true;
      ring();
      await running;
      await underWay?.catch(() => {});
    },
    forward,
    async progress() {
      const counted = (await local.counts()).filter(({ queue }) => queues.includes(queue)).map(({ counts }) => counts);
      const sum = (...states: readonly (keyof (typeof counted)[number])[]): number =>
        counted.reduce((total, counts) => total + states.reduce((all, state) => all + (counts[state] ?? 0), 0), 0);
      return {
        waiting: sum("delayed", "enqueued", "active", "stalled", "failed", "blocked"),
        accepted: sum("completed"),
        refused: sum("dead"),
        away,
      };
    },
  };
}
