import type { Limits } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { limitsOf } from "./limits.ts";
import { raiseFormat } from "./table-creation.ts";
import type { Row, WaitingRow } from "./row.ts";
import type { Tables } from "./tables.ts";

/** A claim that is neither settled nor taken over. The job's row does not mention it. */
export type HeldLease = Pick<
  Row,
  "id" | "queue" | "priority" | "seq" | "keep" | "due" | "token" | "attempt" | "about"
> &
  Claim & { readonly limits: Limits | undefined };

/** When a job was claimed, and how long it had been due by then. */
type Claim = { readonly at: number; readonly waitedMs: number };

/**
 * Who holds which job until when (`due`). All leases, the newest token and small jobs are in one row, the ledger, which
 * every transaction with a claim or a renewal writes: so a claim costs one row, however many jobs it takes. The
 * settlement of a job with a row of its own does not write the ledger. Instead, a lease counts only if its job has no
 * later token.
 */
export type Leases = {
  readonly held: ReadonlyMap<string, HeldLease>;
  /** The newest token. */
  readonly newest: number;
  /** Where the sweep of expired rows continues. Saved with the claim, so it costs no extra write. */
  sweepCursor: string;
  load(): void;
  /** Before a transaction ends: writes the row if it has changed. */
  save(): void;
  /** Counts an attempt and makes a token for each job. */
  take(jobs: readonly LeaseRequest[], now: number, until: number): readonly HeldLease[];
  extend(leases: readonly HeldLease[], until: number): void;
  /** Before the transaction ends, the job's row must have the token or be deleted. */
  end(id: string): void;
  /** The row of a leased job tells more than before. */
  tell(id: string, about: string): void;
};

/** The columns of a job that its lease repeats. */
type LeasedRow = Pick<Row, "id" | "queue" | "priority" | "seq" | "keep" | "about" | "token">;
type LeaseRequest = { readonly row: WaitingRow; readonly attempt: number; readonly due: number };
/** The last two are for statistics, and missing without them. */
type Entry = readonly [id: string, token: number, attempt: number, due: number, at?: number, waitedMs?: number];

const LEASED =
  "SELECT j.id,queue,priority,seq,keep,about,token FROM json_each(?) CROSS JOIN longshore_jobs j ON j.id=value";

export function openLeases(
  tables: Pick<Tables, "sql" | "small" | "setMeta" | "setMetaText" | "getMeta">,
  stats: Statistics | undefined,
  shared: boolean,
): Leases {
  const { sql, small, setMetaText, getMeta } = tables;
  const held = new Map<string, HeldLease>();
  let changed = false;
  let raised = 0;
  const hold = (
    row: Omit<LeasedRow, "token">,
    token: number,
    attempt: number,
    due: number,
    claim: Claim,
  ): HeldLease => {
    const { id, queue, priority, seq, keep, about } = row;
    const limits = limitsOf(about);
    const lease: HeldLease = { id, queue, priority, seq, keep, about, token, attempt, due, limits, ...claim };
    held.set(id, lease);
    return lease;
  };

  const leases: Leases & { newest: number } = {
    held,
    newest: 0,
    sweepCursor: "",
    load() {
      held.clear();
      changed = false;
      raised = 0;
      const [newest = 0, entries = [], sweepCursor = "", fresh, packed = [], kept = 0] =
        getMeta<[number, Entry[], string, unknown, [], number]>("leases") ?? [];
      small.load(packed, kept);
      if (!shared) stats?.unpack(getMeta("stats"), fresh);
      leases.newest = newest;
      leases.sweepCursor = sweepCursor;
      const apart = entries.map(([id]) => id).filter((id) => small.get(id) === undefined);
      const rows = new Map(sql<LeasedRow>(LEASED, JSON.stringify(apart)).map((row) => [row.id, row]));
      for (const [id, token, attempt, due, at = 0, waitedMs = 0] of entries) {
        const row = small.get(id) ?? rows.get(id);
        if (row !== undefined && token > Math.abs(row.token)) hold(row, token, attempt, due, { at, waitedMs });
      }
    },
    save() {
      small.save();
      if (!changed && !small.changed) return;
      changed = small.changed = false;
      const format = small.format();
      if (format > raised) raiseFormat(tables, (raised = format));
      // Where others share the leases, one of them may count.
      const entries = [...held.values()].map(({ id, token, attempt, due, at, waitedMs }): Entry =>
        stats || shared ? [id, token, attempt, due, at, waitedMs] : [id, token, attempt, due],
      );
      const first = [leases.newest, entries, leases.sweepCursor, (!shared && stats?.packFresh()) || null];
      setMetaText("leases", `${JSON.stringify(first).slice(0, -1)},${small.packed()},${small.kept()}]`);
    },
    take(jobs, now, until) {
      const taken = jobs.map(({ row, attempt, due }) =>
        hold(row, ++leases.newest, attempt + 1, until, { at: now, waitedMs: Math.max(0, now - due) }),
      );
      changed = true;
      return taken;
    },
    extend(extended, until) {
      for (const lease of extended) held.set(lease.id, { ...lease, due: until });
      if (extended.length > 0) changed = true;
    },
    end: (id) => void held.delete(id),
    tell(id, about) {
      const lease = held.get(id);
      if (lease !== undefined) held.set(id, { ...lease, about });
    },
  };
  return leases;
}
