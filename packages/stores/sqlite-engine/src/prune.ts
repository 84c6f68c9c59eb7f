import type { StoredJob } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { storedJob } from "./job.ts";
import { MOST_CHARACTERS } from "./answer-size.ts";
import { NEEDED } from "./schema.ts";
import { charactersOf } from "./row-size.ts";
import type { Row } from "./row.ts";

/** The sweep reads two rows per claim, so n claims check n rows twice. */
const CLAIMS = 256;
const ROWS = 512;

/**
 * Deletes expired completed and cancelled rows. An index by expiry would cost as much as the rows themselves. Instead,
 * this sweeps all rows in turn, a part of them after every 256 claims: reads are a thousand times cheaper.
 */
export function sweep(state: StoreState, claims: number, now: number): void {
  if (state.leases.newest % CLAIMS < claims) sweepRows(state, Math.max(ROWS, 2 * claims), now);
}

type Swept = { readonly n: number; readonly last: string; readonly gone: string };

function sweepRows({ tables, leases, lanes, database, options }: StoreState, most: number, now: number): void {
  lanes.sweep(now);
  const full = database.size() > options.maxBytes;
  tables.small.sweep(now, full ? most : 0);
  // Looks for relatives only where it may remove.
  const [swept] = tables.sql<Swept>(
    `SELECT count(*) n,max(id) last,json_group_array(id) FILTER(WHERE over) gone FROM (SELECT id,iif(expires<=?,NOT(${NEEDED}),0) over FROM longshore_jobs WHERE id>? ORDER BY id LIMIT ?)`,
    full ? Number.MAX_VALUE : now,
    leases.sweepCursor,
    most,
  );
  if (swept === undefined) return;
  for (const id of JSON.parse(swept.gone) as readonly string[]) tables.erase(id); // a list of ids
  leases.sweepCursor = swept.n === most ? swept.last : "";
}

/** Removes dead letters that are past their time, and the oldest if there are too many. Returns them. */
export function prune(state: StoreState, limit: number, now: number): StoredJob[] {
  const { tables, options } = state;
  sweepRows(state, ROWS, now);
  const [first] = tables.sql<{ due: number }>(
    "SELECT due FROM longshore_jobs WHERE ended='dead' ORDER BY due DESC LIMIT 1 OFFSET ?",
    options.maxDead,
  );
  const until = Math.max(first?.due ?? 0, now - options.deadKeepMs);
  const gone: StoredJob[] = [];
  for (let characters = 0; gone.length < limit && characters < MOST_CHARACTERS;) {
    const [row] = tables.sql<Row>(
      "SELECT * FROM longshore_jobs WHERE ended='dead' AND due<=? ORDER BY due LIMIT 1",
      until,
    );
    if (row === undefined) break;
    tables.erase(row.id);
    gone.push(storedJob(row, undefined, undefined, now));
    characters += charactersOf(row);
  }
  return gone;
}
