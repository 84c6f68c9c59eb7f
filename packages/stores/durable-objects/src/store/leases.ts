import type { Statistics } from "@longshore/core/stats";
import type { Row, Tables } from "./tables.ts";

/** A claim that is neither settled nor taken over. Its job's row knows nothing of it. */
export type HeldLease = Pick<
  Row,
  "id" | "queue" | "priority" | "seq" | "keep" | "due" | "token" | "attempt" | "about"
> &
  Claim;

/** When a job was claimed, and how long it had been due. */
type Claim = { readonly at: number; readonly waitedMs: number };

/**
 * Who holds what, until when (`due`). All of it stands in one row, with the newest token, and is written anew by every
 * claim and renewal: so a claim costs one row, whatever it takes. A settlement leaves the ledger alone, because what
 * the ledger says of a job counts only as long as the job's row knows of no later token.
 */
export type Leases = {
  readonly held: ReadonlyMap<string, HeldLease>;
  /** The newest token. */
  readonly newest: number;
  /** Where the sweep of expired rows goes on. It is written along with the next claim, so that it costs nothing. */
  sweepCursor: string;
  load(): void;
  /** Counts an attempt for each, and mints its token. */
  take(jobs: readonly LeaseRequest[], now: number, until: number): readonly HeldLease[];
  extend(leases: readonly HeldLease[], until: number): void;
  /** Its job's row must tell, or be gone, before the transaction ends. */
  end(id: string): void;
};

type LeaseRequest = { readonly row: Row; readonly attempt: number; readonly due: number };
/** What only statistics ask for is left out where there are none. */
type Entry = readonly [id: string, token: number, attempt: number, due: number, at?: number, waitedMs?: number];

export function openLeases(
  { sql, setMeta, getMeta }: Pick<Tables, "sql" | "setMeta" | "getMeta">,
  stats: Statistics | undefined,
): Leases {
  const held = new Map<string, HeldLease>();
  const hold = (row: Row, token: number, attempt: number, due: number, claim: Claim): HeldLease => {
    const { id, queue, priority, seq, keep, about } = row;
    const lease: HeldLease = { id, queue, priority, seq, keep, about, token, attempt, due, ...claim };
    held.set(id, lease);
    return lease;
  };
  const save = (): void => {
    const entries = [...held.values()].map(({ id, token, attempt, due, at, waitedMs }): Entry =>
      stats ? [id, token, attempt, due, at, waitedMs] : [id, token, attempt, due],
    );
    setMeta("leases", [leases.newest, entries, leases.sweepCursor, stats?.packFresh()]);
  };

  const leases: Leases & { newest: number } = {
    held,
    newest: 0,
    sweepCursor: "",
    load() {
      held.clear();
      const [newest = 0, entries = [], sweepCursor = "", fresh] =
        getMeta<[number, Entry[], string, unknown]>("leases") ?? [];
      stats?.unpack(getMeta("stats"), fresh);
      leases.newest = newest;
      leases.sweepCursor = sweepCursor;
      for (const [id, token, attempt, due, at = 0, waitedMs = 0] of entries) {
        const [row] = sql<Row>("SELECT * FROM longshore_jobs WHERE id=? AND ?>abs(token)", id, token);
        if (row !== undefined) hold(row, token, attempt, due, { at, waitedMs });
      }
    },
    take(jobs, now, until) {
      const taken = jobs.map(({ row, attempt, due }) =>
        hold(row, ++leases.newest, attempt + 1, until, { at: now, waitedMs: Math.max(0, now - due) }),
      );
      save();
      return taken;
    },
    extend(extended, until) {
      for (const lease of extended) held.set(lease.id, { ...lease, due: until });
      if (extended.length > 0) save();
    },
    end: (id) => void held.delete(id),
  };
  return leases;
}
