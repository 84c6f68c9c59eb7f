import { type Limits, nextTat, opensAt } from "@longshore/core/adapter";
import type { Ledger } from "./ledger.ts";
import type { Row } from "./row.ts";
import { RATES } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/** For each start that counts, this many numbers are deleted that say nothing any more. */
const SWEPT = 2;

/** When a job may start by the rate of its key, now or later. */
export async function freeAt(ledger: Ledger, { key, rate }: Limits): Promise<number> {
  const { now } = ledger;
  if (key === undefined || rate === undefined) return now;
  return Math.max(now, opensAt(rate, await tatOf(ledger, key), now));
}

/** Counts a start. One that takes over a lease is none. */
export async function countStart(ledger: Ledger, { leased, limits }: Row): Promise<void> {
  const { key, rate } = limits ?? {};
  if (leased || key === undefined || rate === undefined) return;
  const rates = ledger.tx.objectStore(RATES);
  const tat = nextTat(rate, await tatOf(ledger, key), ledger.now);
  ledger.tats.set(key, Promise.resolve(tat));
  rates.put({ tat }, key);
  const over = await answerTo(rates.index("over").getAllKeys(IDBKeyRange.upperBound(ledger.now), SWEPT));
  for (const one of over) rates.delete(one);
}

function tatOf({ tats, tx }: Ledger, key: string): Promise<number | undefined> {
  const known = tats.get(key);
  if (known !== undefined) return known;
  const read = answerTo<{ tat: number } | undefined>(tx.objectStore(RATES).get(key)).then((rate) => rate?.tat);
  tats.set(key, read);
  return read;
}
