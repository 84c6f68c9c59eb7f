import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import { nextSeq } from "./inserts.ts";
import { type Port } from "./port.ts";
import { NOW } from "./tables.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** Announcements are in the order of `seq`, also those of one millisecond. */
const ANNOUNCE = `INSERT INTO longshore_workers (id, slots, busy, at, until, seq) VALUES (?2, ?3, ?4, ${NOW}, ${NOW} + ?5, ?6)
ON CONFLICT (id) DO UPDATE SET slots = excluded.slots, busy = excluded.busy, at = excluded.at, until = excluded.until, seq = excluded.seq`;
const FORGET = `DELETE FROM longshore_workers WHERE at <= ${NOW} - ${DAY_MS} OR seq <= (SELECT seq FROM longshore_workers ORDER BY seq DESC LIMIT 1 OFFSET ${MOST_WORKERS})`;
const WORKERS = `SELECT id, slots, busy, until > ${NOW} AS alive, ${NOW} - at AS ago FROM longshore_workers WHERE ${NOW} - at < ${DAY_MS} ORDER BY id`;

export async function announce<P>(
  port: Port<P>,
  at: number | null,
  { id, slots, busy }: WorkerPresence,
  forMs: number,
): Promise<void> {
  await port.write([
    { sql: ANNOUNCE, args: [at, id, slots, busy, Math.ceil(forMs), nextSeq()] },
    { sql: FORGET, args: [at] },
  ]);
}

type Known = Readonly<Record<"slots" | "busy" | "alive" | "ago", number> & { id: string }>;

export async function workers<P>(port: Port<P>, at: number | null): Promise<KnownWorker[]> {
  const [rows = []] = await port.read([{ sql: WORKERS, args: [at] }]);
  const known = rows as readonly Known[]; // the columns of WORKERS
  return known.map(({ id, slots, busy, alive, ago }) => ({ id, slots, busy, alive: alive === 1, agoMs: ago }));
}
