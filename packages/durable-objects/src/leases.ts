import type { Row, Tables } from "./tables.ts";

/** A claim that is neither settled nor taken over. Its job's row knows nothing of it. */
export type Held = {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  readonly seq: number;
  readonly keep: number;
  readonly token: number;
  readonly attempt: number;
  /** The lease's end. */
  until: number;
  readonly slot: number;
};

/** A row that is about to be leased, and the attempt that this makes. */
export type Taken = { readonly row: Row; readonly attempt: number };

/**
 * Who holds what. All jobs of a claim share one slot: a row that is written over once none of them holds it any
 * more, and never deleted, because the newest slot remembers the newest token. What a slot says of a job counts only
 * if no other slot, and not the job's row, knows of a later token.
 */
export type Leases = {
  readonly held: ReadonlyMap<string, Held>;
  /** The newest token. */
  readonly newest: number;
  load(): void;
  take(jobs: readonly Taken[], until: number): readonly Held[];
  /** New ends, one row written for all leases of a slot. */
  extend(leases: readonly Held[], until: number): void;
  /** Its job's row must tell, or be gone, before the transaction ends. */
  end(id: string): void;
};

type Entry = readonly [id: string, token: number, attempt: number, until: number];

/** A row may have 2 MB: so many entries of an id of 200 characters are a quarter of it. */
const MOST_PER_SLOT = 1_000;

export function openLeases({ sql, stamp }: Pick<Tables, "sql" | "stamp">): Leases {
  const held = new Map<string, Held>();
  const slots: Set<Held>[] = [];
  let newest = 0;

  const hold = (lease: Held): void => {
    end(lease.id);
    held.set(lease.id, lease);
    slots[lease.slot]?.add(lease);
  };
  const end = (id: string): void => {
    const lease = held.get(id);
    if (lease === undefined) return;
    held.delete(id);
    slots[lease.slot]?.delete(lease);
  };
  const write = (slot: number): void => {
    const entries = [...(slots[slot] ?? [])].map(({ id, token, attempt, until }): Entry => [id, token, attempt, until]);
    sql(
      `INSERT INTO longshore_leases (id,rev,token,jobs) VALUES (?,?,?,?)
       ON CONFLICT DO UPDATE SET rev=excluded.rev, token=excluded.token, jobs=excluded.jobs`,
      slot,
      stamp("leases", slot),
      newest,
      JSON.stringify(entries),
    );
  };
  const freeSlot = (): number => {
    const free = slots.findIndex(({ size }) => size === 0);
    return free === -1 ? slots.push(new Set()) - 1 : free;
  };

  return {
    held,
    get newest() {
      return newest;
    },
    load() {
      held.clear();
      slots.length = newest = 0;
      const latest = new Map<string, { entry: Entry; slot: number }>();
      for (const { id: slot, token, jobs } of sql<{ id: number; token: number; jobs: string }>(
        "SELECT id,token,jobs FROM longshore_leases ORDER BY id",
      )) {
        slots[slot] = new Set();
        newest = Math.max(newest, token);
        for (const entry of JSON.parse(jobs) as Entry[]) {
          if (entry[1] > (latest.get(entry[0])?.entry[1] ?? 0)) latest.set(entry[0], { entry, slot });
        }
      }
      for (const { entry, slot } of latest.values()) {
        const [id, token, attempt, until] = entry;
        const [row] = sql<Pick<Row, "queue" | "priority" | "seq" | "keep">>(
          "SELECT queue,priority,seq,keep FROM longshore_jobs WHERE id=? AND ?>max(fence,token)",
          id,
          token,
        );
        if (row !== undefined) hold({ id, ...row, token, attempt, until, slot });
      }
    },
    take(jobs, until) {
      const taken: Held[] = [];
      for (let from = 0; from < jobs.length; from += MOST_PER_SLOT) {
        const slot = freeSlot();
        for (const { row, attempt } of jobs.slice(from, from + MOST_PER_SLOT)) {
          const { id, queue, priority, seq, keep } = row;
          const lease: Held = { id, queue, priority, seq, keep, token: ++newest, attempt, until, slot };
          hold(lease);
          taken.push(lease);
        }
        write(slot);
      }
      return taken;
    },
    extend(leases, until) {
      const touched = new Set<number>();
      for (const lease of leases) {
        lease.until = until;
        touched.add(lease.slot);
      }
      for (const slot of touched) write(slot);
    },
    end,
  };
}
