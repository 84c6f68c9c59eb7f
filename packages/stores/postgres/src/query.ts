import { LongshoreError } from "@longshore/core";
import type { Query } from "./client.ts";

/** Serialization failure and deadlock: the server has undone the statement, and it succeeds when repeated. */
const UNDONE: readonly unknown[] = ["40001", "40P01"];
/** No such schema, table, function or column: `migrate` has not run, or tables of another version are there. */
const MISSING: readonly unknown[] = ["3F000", "42P01", "42883", "42703"];
/** Errors about the data of one statement, such as a number that is out of range, and about its size. */
const DATA = /^(22|23|53|54)/;

const MOST_TRIES = 6;
const PAUSE_MS = 5;

/** The SQLSTATE of a server's error, by its shape: pg, postgres.js and PGlite all call it `code`. */
export function sqlStateOf(error: unknown): unknown {
  return Object(error).code;
}

/** Whether the server refused a statement because of what it was given, so that it had no effect. */
export function isAboutData(error: unknown): boolean {
  return DATA.test(String(sqlStateOf(error))) && String(sqlStateOf(error)).length === 5;
}

/**
 * Repeats a statement that the server has undone, up to five times. Any other error is passed on: after a lost
 * connection nobody knows whether the statement took effect, and the core repeats calls that are safe to repeat. Fails
 * with `invalid_option` if the tables are missing.
 */
export function patient(query: Query, schema: string, pause: (ms: number) => Promise<void> = wait): Query {
  return async (text, parameters) => {
    for (let tries = 1; ; tries++) {
      try {
        return await query(text, parameters);
      } catch (error) {
        if (UNDONE.includes(sqlStateOf(error)) && tries < MOST_TRIES)
          await pause(PAUSE_MS * 2 ** tries * Math.random());
        else throw explained(error, schema);
      }
    }
  };
}

/** For a statement in somebody else's transaction: what the server has undone is all of it, so it is not repeated. */
export function plain(query: Query, schema: string): Query {
  return async (text, parameters) => {
    try {
      return await query(text, parameters);
    } catch (error) {
      throw explained(error, schema);
    }
  };
}

function explained(error: unknown, schema: string): unknown {
  if (!MISSING.includes(sqlStateOf(error))) return error;
  const message = `The schema ${schema} lacks something that this version of @longshore/postgres uses: run migrate() once before, with a role that may create tables.`;
  return new LongshoreError("invalid_option", message, { cause: error });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
