import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Make } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { type Database, type JobStore, type Room, openSmallJobs, openState, storeOver } from "../src/index.ts";

/** A database in memory, of one connection. */
export function oneConnection(): Database {
  const handle = new DatabaseSync(":memory:");
  let depth = 0;
  return {
    sql: (query, ...values) => handle.prepare(query).all(...(values as SQLInputValue[])) as never, // as the caller knows
    transaction(work) {
      const name = `level${depth++}`;
      handle.exec(`SAVEPOINT ${name}`);
      try {
        const answer = work();
        handle.exec(`RELEASE ${name}`);
        return answer;
      } catch (error) {
        handle.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
        throw error;
      } finally {
        depth--;
      }
    },
    size: () => 0,
  };
}

const traits = {
  durable: true,
  unique: true,
  uniqueKeys: true,
  limits: true,
  throttle: true,
  dependencies: true,
  depth: true,
  order: true,
  ageing: true,
  expiry: true,
  ordered: true,
  fenced: true,
  maxDelayMs: Infinity,
  delayStepMs: 1,
  maxRunMs: Infinity,
  maxPayloadBytes: 900_000,
  leaseMs: 30_000,
} as const;

/** A store for the suite over an engine; reopened, it has forgotten everything that is not in the database. */
export function engine(room: Room): Make {
  return ({ clock }) => {
    const database = oneConnection();
    const open = () => {
      const options = { clock: clock.now, stats: statistics(), smallJobs: openSmallJobs(room, clock.now) };
      return asynchronous(storeOver(openState(database, options)));
    };
    return { adapter: open(), reopen: async () => open() };
  };
}

type Asynchronous = {
  readonly [V in keyof JobStore]: (...input: Parameters<JobStore[V]>) => Promise<ReturnType<JobStore[V]>>;
} & { readonly name: string; readonly traits: typeof traits };

function asynchronous(store: JobStore): Asynchronous {
  const verbs = Object.entries(store).map(([name, verb]) => [
    name,
    async (...input: never[]) => (verb as (...input: never[]) => unknown)(...input), // one of the verbs, with its input
  ]);
  return { name: "engine", traits, ...Object.fromEntries(verbs) };
}
