import type { Connection } from "./connection.ts";
import { META } from "./tables.ts";
import { answerTo } from "./transaction.ts";

/**
 * When the browser gives no more storage, it refuses also what would end jobs: claims and settlements write rows, too.
 * So a row of this size is kept, and deleted then; it is enough for about a thousand jobs of a kilobyte.
 */
const RESERVE_BYTES = 2_000_000;
const RESERVE = "reserve";
/** The most that `getRandomValues` fills at a time. */
const PIECE = 65_536;

/** Gives the reserve back to the browser. Returns false if it was gone already. */
export function releaseReserve(connection: Connection): Promise<boolean> {
  return connection.run("readwrite", async (tx) => {
    const meta = tx.objectStore(META);
    const isThere = (await answerTo(meta.count(RESERVE))) > 0;
    if (isThere) meta.delete(RESERVE);
    return isThere;
  });
}

/** Makes the reserve if it is missing and there is room. */
export async function fillReserve(connection: Connection): Promise<void> {
  const there = await connection.run("readonly", (tx) => answerTo(tx.objectStore(META).count(RESERVE)));
  if (there > 0) return;
  // Random, because browsers compress what they store.
  const bytes = new Uint8Array(RESERVE_BYTES);
  for (let at = 0; at < bytes.length; at += PIECE) crypto.getRandomValues(bytes.subarray(at, at + PIECE));
  const put = async (tx: IDBTransaction): Promise<void> => void tx.objectStore(META).put(bytes, RESERVE);
  await connection.run("readwrite", put).catch(() => {}); // there is no room, or it is there by now
}
