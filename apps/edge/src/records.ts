import { DurableObject } from "cloudflare:workers";

/** What is kept of a delivery. Times are ms since the epoch. */
export type Digest = {
  readonly delivery: string;
  readonly event: string;
  readonly action: string | null;
  readonly repository: string | null;
  readonly sender: string | null;
  /** The hash of the body as GitHub sent it, in hex. */
  readonly sha256: string;
  readonly receivedAt: number;
};

/** What a page of apps/field has handed over. */
export type Item = {
  readonly item: string;
  readonly kind: "note" | "photo";
  readonly text: string;
  readonly takenAt: number;
};
/** `times`: how often its job ran. */
export type KeptItem = Item & { readonly times: number };

export type Count = { readonly name: string; readonly count: number };
export type Summary = { readonly events: readonly Count[]; readonly repositories: readonly Count[] };
export type CleanedUp = { readonly sessions: number; readonly digests: number };

/** The app's data besides its jobs. */
export type RecordKeeper = {
  /** Keeping a delivery twice has no further effect. */
  keep(digest: Digest): Promise<void>;
  find(delivery: string): Promise<Digest | undefined>;
  /** Sums up deliveries from one time to just before another: by event, and the twenty busiest repositories, or one alone. */
  summarise(from: number, until: number, repository?: string): Promise<Summary>;
  /** Keeping an item again is only counted. */
  keepItem(item: Item): Promise<void>;
  /** The latest thousand. */
  items(): Promise<KeptItem[]>;
  keepPhoto(item: string, bytes: Uint8Array): Promise<void>;
  hasPhoto(item: string): Promise<boolean>;
  openSession(hash: string, expiresAt: number): Promise<void>;
  isOpen(hash: string, now: number): Promise<boolean>;
  /** Removes expired sessions, and digests from before a given time. */
  cleanUp(now: number, digestsBefore: number): Promise<CleanedUp>;
};

/** One SQLite-backed object for the whole app. */
export class Records extends DurableObject implements RecordKeeper {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS digests (
        delivery TEXT PRIMARY KEY, event TEXT NOT NULL, action TEXT, repository TEXT, sender TEXT,
        sha256 TEXT NOT NULL, receivedAt INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS items (
        item TEXT PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, takenAt INTEGER NOT NULL, times INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS photos (item TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, expiresAt INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `);
  }

  async keep({ delivery, event, action, repository, sender, sha256, receivedAt }: Digest): Promise<void> {
    const values = [delivery, event, action, repository, sender, sha256, receivedAt];
    this.#rows("INSERT OR IGNORE INTO digests VALUES (?, ?, ?, ?, ?, ?, ?)", ...values);
  }

  async find(delivery: string): Promise<Digest | undefined> {
    return this.#rows<Digest>("SELECT * FROM digests WHERE delivery = ?", delivery)[0];
  }

  async summarise(from: number, until: number, repository: string | null = null): Promise<Summary> {
    const count = (column: "event" | "repository"): Count[] =>
      this.#rows<Count>(
        `SELECT ${column} AS name, count(*) AS count FROM digests
         WHERE receivedAt >= ? AND receivedAt < ? AND ${column} IS NOT NULL AND (? IS NULL OR repository = ?)
         GROUP BY ${column} ORDER BY count DESC, name LIMIT 20`,
        from,
        until,
        repository,
        repository,
      );
    return { events: count("event"), repositories: count("repository") };
  }

  async keepItem({ item, kind, text, takenAt }: Item): Promise<void> {
    const statement = "INSERT INTO items VALUES (?, ?, ?, ?, 1) ON CONFLICT (item) DO UPDATE SET times = times + 1";
    this.#rows(statement, item, kind, text, takenAt);
  }

  async items(): Promise<KeptItem[]> {
    return this.#rows<KeptItem>("SELECT * FROM items ORDER BY takenAt DESC LIMIT 1000");
  }

  async keepPhoto(item: string, bytes: Uint8Array): Promise<void> {
    // A copy of its own: a view may share its buffer with more.
    this.#rows("INSERT OR REPLACE INTO photos VALUES (?, ?)", item, new Uint8Array(bytes).buffer);
  }

  async hasPhoto(item: string): Promise<boolean> {
    return this.#rows("SELECT 1 FROM photos WHERE item = ?", item).length > 0;
  }

  async openSession(hash: string, expiresAt: number): Promise<void> {
    this.#rows("INSERT INTO sessions VALUES (?, ?)", hash, expiresAt);
  }

  async isOpen(hash: string, now: number): Promise<boolean> {
    return this.#rows("SELECT 1 FROM sessions WHERE hash = ? AND expiresAt > ?", hash, now).length > 0;
  }

  async cleanUp(now: number, digestsBefore: number): Promise<CleanedUp> {
    return {
      sessions: this.#rows("DELETE FROM sessions WHERE expiresAt <= ? RETURNING 1", now).length,
      digests: this.#rows("DELETE FROM digests WHERE receivedAt < ? RETURNING 1", digestsBefore).length,
    };
  }

  /** Reads all rows of a statement. The caller names their type, which must match the columns. */
  #rows<Row>(sql: string, ...values: readonly SqlStorageValue[]): Row[] {
    return this.ctx.storage.sql.exec(sql, ...values).toArray() as Row[];
  }
}
