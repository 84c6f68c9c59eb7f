/** What the app's log said: one JSON line per attempt, and one per first start. */
export type Journal = {
  read(line: string): void;
  /** Attempts that failed and were followed by another. */
  retried(): number;
  /** Jobs that went to the dead letters. */
  died(): number;
  /** Jobs of webhooks and relays that ended, as completed or dead. */
  ended(): number;
  /** Jobs that were settled as completed more than once: there must be none. */
  completedTwice(): readonly string[];
  /** How long the given share of the jobs waited at most between enqueue and start, in ms. */
  waited(share: number): number;
};

type Line = { readonly [Key in "job_id" | "job_name" | "status" | "waited_ms"]?: unknown };

/** Sweeps and alerts are not what is measured. */
const MEASURED: readonly unknown[] = ["receive-delivery", "relay-event"];

export function createJournal(): Journal {
  const completed = new Map<string, number>();
  const ended = new Set<string>();
  const waits: number[] = [];
  let retried = 0;
  let died = 0;
  return {
    read(text) {
      const line = parse(text);
      if (typeof line?.job_id !== "string") return;
      if (line.status === "completed") completed.set(line.job_id, (completed.get(line.job_id) ?? 0) + 1);
      if (!MEASURED.includes(line.job_name)) return;
      if (line.status === "completed" || line.status === "dead") ended.add(line.job_id);
      if (line.status === "failed") retried++;
      if (line.status === "dead") died++;
      if (line.status === "started") waits.push(Number(line.waited_ms));
    },
    retried: () => retried,
    died: () => died,
    ended: () => ended.size,
    completedTwice: () => [...completed].filter(([, times]) => times > 1).map(([id]) => id),
    waited(share) {
      const sorted = waits.toSorted((a, b) => a - b);
      return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    },
  };
}

/** wrangler says things of its own in between. */
function parse(text: string): Line | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Line; // each field is checked before it is used
  } catch {
    return undefined;
  }
}
