import type { StoredJob } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { storedJob } from "./job.ts";
import { MOST_CHARACTERS } from "./answer-size.ts";
import { NEEDED } from "./schema.ts";
import { charactersOf } from "./row-size.ts";
import type { Row } from "./row.ts";

/** The sweep checks two rows per claim, so n claims check n rows twice. */
const CLAIMS = 256;
const ROWS = 512;

/**
 * Deletes expired completed and cancelled rows. An index by expiry would cost as much as the rows themselves. Instead,
 * this sweeps all rows in turn, a part of them after every 256 claims: reads are a thousand times cheaper.
 */
export function sweep(state: StoreState, claims: number, now: number): void {
  if (state.leases.newest % CLAIMS < claims) sweepRows(state, Math.max(ROWS, 2 * claims), now);
}

function sweepRows(state: StoreState, most: number, now: number): void {
  const { tables, leases, lanes, database, options } = state;
  lanes.sweep(now);
  const full = database.size() > options.maxBytes;
  tables.small.sweep(now, full ? most : 0);
  const { gone, last } = (database.shared ? lookTwice : lookOnce)(state, full ? Number.MAX_VALUE : now, most);
  tables.eraseAll(gone);
  leases.sweepCursor = last;
}

/** What has expired until an instant among the next rows, and the last of these; empty if there are no more behind them. */
type Look = (
  state: StoreState,
  until: number,
  most: number,
) => { readonly gone: readonly string[]; readonly last: string };

/** An object pays for each row that it reads. Looks for relatives only where it may remove. */
const ONCE = `SELECT count(*) n,max(id) last,json_group_array(id) FILTER(WHERE over) gone FROM (SELECT id,iif(expires<=?,NOT(${NEEDED}),0) over FROM longshore_jobs WHERE id>? ORDER BY id LIMIT ?)`;
const lookOnce: Look = ({ tables, leases }, until, most) => {
  const [seen] = tables.sql<{ n: number; last: string; gone: string }>(ONCE, until, leases.sweepCursor, most);
  return { gone: JSON.parse(seen?.gone ?? "[]") as string[], last: seen?.n === most ? seen.last : "" }; // of ids
};

/** A file pays with time: to go past rows without reading a column is nearly free, so their part is known before it looks at them. */
const LAST_OF = "SELECT id FROM longshore_jobs WHERE id>? ORDER BY id LIMIT 1 OFFSET ?";
const OVER = `SELECT id FROM longshore_jobs WHERE id>? AND expires<=? AND NOT(${NEEDED})`;
const lookTwice: Look = ({ tables, leases }, until, most) => {
  const [last] = tables.sql<Pick<Row, "id">>(LAST_OF, leases.sweepCursor, most - 1);
  const gone = tables.sql<Pick<Row, "id">>(
    last === undefined ? OVER : `${OVER} AND id<=?`,
    leases.sweepCursor,
    until,
    ...(last === undefined ? [] : [last.id]),
  );
  return { gone: gone.map(({ id }) => id), last: last?.id ?? "" };
};

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
