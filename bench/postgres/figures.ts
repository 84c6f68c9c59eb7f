import { type Contestant, type Figures, compare } from "../comparison.ts";
import { contestants, keyedContestants } from "./contestants.ts";
import { startServer } from "./server.ts";

export const KEYS = 100;
/** pg-boss runs a job of each key and waits for its next poll. */
const KEYED = 2_000;
/** A drain takes a quarter of a second: of fewer, the median is left to what else the machine does. */
const ROUNDS = 9;

/** Compares the Postgres store with other queues, on one server and the same work. */
export function postgresFigures(say: (text: string) => void): Promise<Figures> {
  return comparedOn("Postgres", contestants, say, undefined, ROUNDS);
}

/** The same with one job of each of a hundred keys at a time. */
export function keyedFigures(say: (text: string) => void): Promise<Figures> {
  return comparedOn(`Postgres, ${KEYS} keys`, keyedContestants(KEYS), say, KEYED);
}

async function comparedOn(
  name: string,
  those: readonly Contestant[],
  say: (text: string) => void,
  bulk?: number,
  rounds?: number,
): Promise<Figures> {
  const { url, cpu, stop } = await startServer();
  try {
    return await compare({ name, place: () => url, cpu }, those, say, bulk, rounds);
  } finally {
    stop();
  }
}
