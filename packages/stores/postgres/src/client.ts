import { type Logger, LongshoreError } from "@longshore/core";
import { logTo, mustBe } from "@longshore/core/adapter";

/** A value of a parameter, as every client sends it. */
type Parameter = string | number | boolean | null;

/**
 * Sends one statement with its parameters (`$1`, `$2`, …) and returns its rows. `Row` is what the statement selects:
 * its author says so, nobody checks.
 */
export type Query = <Row extends object>(text: string, parameters: readonly Parameter[]) => Promise<readonly Row[]>;

/** An 8-byte integer of a row, which clients read as text, a number or a bigint: only `Number` tells what it is. */
export type Int8 = { readonly [int8]: never };
declare const int8: unique symbol;

type Rows = readonly object[] | { readonly rows: readonly object[] };

/**
 * What a store can work with: a `Pool` or `Client` of pg, the `sql` of postgres.js, a PGlite, or any function that runs
 * one statement with its parameters.
 */
export type PostgresClient =
  | ((text: string, parameters: never[]) => PromiseLike<Rows>)
  | { query(text: string, parameters: never[]): PromiseLike<Rows> }
  | { unsafe(text: string, parameters: never[]): PromiseLike<Rows> };

/** What `within` can work in. Not a pool, of which each statement has a connection of its own. */
export type PostgresTransaction =
  | ((text: string, parameters: never[]) => PromiseLike<Rows>)
  | { query(text: string, parameters: never[]): PromiseLike<Rows>; readonly totalCount?: never }
  | { unsafe(text: string, parameters: never[]): PromiseLike<Rows> };

/** Refuses what would send outside of the user's transaction, as far as a client shows it. */
export function queryIn(client: PostgresTransaction): Query {
  const query = queryOf(client);
  const { totalCount, begin, options } = Object(client) as {
    readonly [member in "totalCount" | "begin"]?: unknown;
  } & { readonly options?: { readonly max?: unknown } };
  if (typeof totalCount === "number") refuseOutside("a pool of pg is in none: pass the client of pool.connect()");
  // The only connection of its kind may be in a transaction that was begun by hand.
  if (typeof begin === "function" && options?.max !== 1) {
    refuseOutside("this `sql` of postgres.js is in none: pass what begin passes to its function");
  }
  return (text, parameters) => {
    const { getTransactionStatus } = Object(client) as { getTransactionStatus?(): unknown }; // of a client of pg
    // The server has told that it is idle.
    if (getTransactionStatus?.call(client) === "I")
      refuseOutside("on this client none is open: await its BEGIN before");
    return query(text, parameters);
  };
}

function refuseOutside(why: string): never {
  throw new LongshoreError("invalid_option", `within() works in an open transaction, and ${why}.`);
}

/**
 * Recognises a client by its methods, and looks at the first row that it gives. The query fails with `invalid_option` where
 * the client makes something else of rows.
 */
export function queryOf(client: PostgresClient): Query {
  const run = runnerOf(client);
  let isKnown = false;
  return async <Row extends object>(text: string, parameters: readonly Parameter[]) => {
    const answer = await run(text, [...parameters] as never[]); // text, numbers, booleans and null: all clients take them
    const rows = Object(answer).rows ?? answer;
    if (!isKnown) {
      someRows(rows, "answer of the client of postgres");
      isKnown = rows.length > 0;
    }
    return rows as readonly Row[]; // selected by the statement
  };
}

const someRows = mustBe(
  "a list of rows, or { rows }, each an object with the columns' own names: give postgres a client without transform or rowMode",
  (value) =>
    Array.isArray(value) &&
    value.every((row) => !Array.isArray(row) && Object.keys(row).every((name) => name === name.toLowerCase())),
);

const aClient = mustBe(
  "a pool or client of pg, the sql of postgres.js, a PGlite, or a function (text, parameters) that returns rows",
  (value) => {
    const { unsafe, query } = Object(value) as { readonly unsafe?: unknown; readonly query?: unknown };
    return [value, unsafe, query].some((one) => typeof one === "function");
  },
);

type Run = (text: string, parameters: never[]) => PromiseLike<Rows>;

function runnerOf(client: PostgresClient): Run {
  aClient(client, "client of postgres");
  // The `sql` of postgres.js is a function, too, but for templates.
  const { unsafe } = Object(client) as { readonly unsafe?: unknown };
  const called = client as { unsafe: Run; query: Run }; // whichever of these it has
  if (typeof unsafe === "function") return (text, parameters) => called.unsafe(text, parameters);
  if (typeof client === "function") return client;
  return (text, parameters) => called.query(text, parameters);
}

type Emitter = {
  on?(event: "error" | "connect", listener: (what: unknown) => void): unknown;
  listenerCount?(event: "error"): number;
};

/** Pools whose connections have a listener: one for each store over a pool would look like a leak to Node. */
const heard = new WeakSet<object>();

/**
 * pg reports the loss of an idle connection by an `error` event, which ends the process if nobody listens. The pool
 * replaces the connection by itself. A connection that a transaction of the user's holds reports it by an event of its
 * own, and its next statement fails.
 */
export function surviveLostConnections(client: PostgresClient, log: Pick<Logger, "warn">): void {
  const emitter = Object(client) as Emitter; // only an event emitter has both methods
  if (typeof emitter.on !== "function" || typeof emitter.listenerCount !== "function") return;
  if (!heard.has(emitter)) {
    heard.add(emitter);
    emitter.on("connect", (connection) => void (Object(connection) as Emitter).on?.("error", () => {}));
  }
  if (emitter.listenerCount("error") > 0) return;
  emitter.on("error", (error) => logTo(log, "warn", "an idle connection to Postgres was lost", { error }));
}
