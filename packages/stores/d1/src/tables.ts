/** The place of a job in the index of unique keys; `keys.ts` says what `about` has of a key. */
export const SLOT = "about ->> '$[4].slot'";

/** The key of the limit of a job, as `lanes.ts` keeps it. */
export const LANE = "about ->> '$[6].lane'";
/** How the row stands behind that key: it runs, waits there, or is the one that may start. NULL: none of these. */
export const PHASE =
  "CASE WHEN ended IS NOT NULL THEN NULL WHEN until IS NOT NULL THEN 'runs' WHEN substr(queue, -5) = char(10) || 'turn' THEN 'parked' WHEN about ->> '$[6].ready' THEN 'ready' END";
/** Whether the row is leased in a queue whose leases are counted: then a claim has written so into `given`, which says nothing meanwhile. */
export const COUNTED = "given = 2 AND until IS NOT NULL";

/*
 * The platform bills rows written, and an index entry counts as one; rows read cost a thousandth. So there is one index
 * of jobs that have not ended, and none of the columns that a claim changes is in it: the lease is beside the row's
 * place in the index, and a claim reads past running jobs. Leaving a partial index and deleting a row with its entries
 * cost one row each.
 */
const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS longshore_jobs (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  due INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  born INTEGER NOT NULL,
  keep INTEGER NOT NULL,
  size INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  token INTEGER NOT NULL DEFAULT 0,
  settled INTEGER,
  until INTEGER,
  waited INTEGER,
  stalled INTEGER NOT NULL DEFAULT 0,
  given INTEGER NOT NULL DEFAULT 0,
  ended TEXT,
  expires INTEGER,
  since INTEGER,
  name TEXT NOT NULL,
  about TEXT NOT NULL,
  why TEXT,
  failures TEXT,
  result TEXT,
  payload TEXT NOT NULL
) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS longshore_waiting ON longshore_jobs (queue, priority, due, seq) WHERE ended IS NULL`,
  `CREATE INDEX IF NOT EXISTS longshore_expires ON longshore_jobs (expires) WHERE expires IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS longshore_dead ON longshore_jobs (due) WHERE ended = 'dead'`,
  `CREATE INDEX IF NOT EXISTS longshore_keys ON longshore_jobs (${SLOT}) WHERE ${SLOT} IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS longshore_lanes ON longshore_jobs (${LANE}, ${PHASE}, priority, due, seq) WHERE ${LANE} IS NOT NULL AND ${PHASE} IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS longshore_places ON longshore_jobs (queue, token) WHERE ${COUNTED}`,
  `CREATE TABLE IF NOT EXISTS longshore_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL, mark TEXT, at INTEGER) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS longshore_paused (queue TEXT PRIMARY KEY) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS longshore_schedules (name TEXT, rule TEXT, cursor INTEGER NOT NULL, upcoming INTEGER, PRIMARY KEY (name, rule)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS longshore_workers (id TEXT PRIMARY KEY, slots INTEGER NOT NULL, busy INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID`,
];

/** The version of what the tables hold that this package knows. They begin with 1; `formatOf` says what has another. */
export const FORMAT = 5;

/** What makes the tables where they are missing, statement by statement. */
export const MAKE_TABLES: readonly string[] = [
  ...TABLES,
  `INSERT OR IGNORE INTO longshore_meta (key, value) VALUES ('token', 0), ('format', 1)`,
];

/**
 * The SQL that makes the tables, for a file of `wrangler d1 migrations` or any other tool. It may be run again: what
 * exists stays. `migrate` of the store does the same.
 */
export const migration: string = MAKE_TABLES.map((sql) => `${sql};\n`).join("");

/**
 * The time in ms since the epoch: the clock of the option, ?1, or else the database's. Each statement of a batch asks it
 * anew, so none may rely on the time of the one before.
 */
export const NOW: string = "CAST(coalesce(?1, round(unixepoch('subsec') * 1000)) AS INTEGER)";

/** The last instant that a Date can hold: later ones are cut, so that no number is too large for a client. */
export const LATEST = 8_640_000_000_000_000;

/** Rows past their time to be kept count as gone, whether pruned or not. */
export const STANDS: string = `(j.expires IS NULL OR j.expires > ${NOW})`;

/**
 * A job that waits for another one is in a line of its own: behind the name of its queue, `queue` has a line feed, which no
 * name has, and what it waits for. So no claim meets it, and its place in the index counts it among those of its queue.
 */
export const LINE_OF_KEY = "char(10) || 'key'";
/** Whether the row `j` waits behind a unique key. */
export const IS_BEHIND = "substr(j.queue, -4) = char(10) || 'key'";
/** That of jobs that wait for their parents. */
export const LINE_OF_PARENTS = "char(10) || 'after'";
/** That of jobs that wait for their turn behind the key of a limit. */
export const LINE_OF_TURN = "char(10) || 'turn'";
/** Whether the row `j` is in such a line. */
export const IS_BLOCKED = "instr(j.queue, char(10)) > 0";
/** The queue of the row `j`. */
export const QUEUE = "substr(j.queue, 1, instr(j.queue || char(10), char(10)) - 1)";

/** The state of the row `j`, as `stateOf` of the core computes it. */
export const STATE: string = `coalesce(j.ended, CASE WHEN ${IS_BLOCKED} THEN 'blocked' WHEN j.until > ${NOW} THEN 'active' WHEN j.until IS NOT NULL THEN 'stalled' WHEN j.due <= ${NOW} THEN 'enqueued' WHEN j.attempt > 0 AND NOT j.given THEN 'failed' ELSE 'delayed' END)`;

/** All priorities in order. The index has a line for each queue and priority; D1 allows only five terms of a UNION. */
export const PRIORITIES: string = "json_each('[0,1,2,3,4,5,6,7,8,9]')";

/** The states of some ids, ?2. */
export const STATES_OF: string = `SELECT j.id, ${STATE} AS state FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON j.id = s.value WHERE ${STANDS}`;
