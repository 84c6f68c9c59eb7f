import type { Duration, Logger } from "@longshore/core";
import { type Checks, aBoolean, aFunction, aLease, aLogger, duration, integer } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { aSchema } from "./migrations.ts";
import type { Listen } from "./notify.ts";

export type PostgresOptions = {
  /** The schema of its tables, in lower case; use one for each app or tenant. Default: `"longshore"`. */
  readonly schema?: string | undefined;
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; the oldest are dropped first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /**
   * Listens for new jobs of other processes, with a direct connection of its own (`listenWith` of this package, `listen`
   * of postgres.js or PGlite). Default: none; workers then find the jobs of other processes when they poll.
   */
  readonly listen?: Listen | undefined;
  /** Whether new jobs are announced to those who listen, by NOTIFY. Default: true. */
  readonly notify?: boolean | undefined;
  /**
   * Makes the figures for `readStats`: the function `statistics` of `@longshore/core/stats`. Each process counts, and
   * reads what the others have counted. Default: nothing is counted.
   */
  readonly stats?: (() => Statistics) | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: the server's clock. */
  readonly clock?: (() => number) | undefined;
  /** Where lost connections are logged. Default: `console`. */
  readonly log?: Logger | undefined;
};

export const CHECKS: Checks<PostgresOptions> = {
  schema: aSchema,
  lease: aLease,
  deadKeep: duration(),
  maxDead: integer(0),
  listen: aFunction,
  notify: aBoolean,
  stats: aFunction,
  clock: aFunction,
  log: aLogger,
};
