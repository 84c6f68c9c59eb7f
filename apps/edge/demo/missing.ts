type Missing = Readonly<Record<"waiting" | "lost" | "unknown", readonly string[]>>;

/** Deliveries of which a job waits, and of which one is a dead letter, as the app told in the end. */
type Told = Readonly<Record<"waiting" | "dead", ReadonlySet<string>>>;

/**
 * What became of the deliveries that were acknowledged and were missing in the ledger before the app was asked. Where it
 * did not answer, nobody knows.
 */
export function classifyMissing(
  missing: readonly string[],
  told: Told | undefined,
  ledger: ReadonlyMap<string, number>,
): Missing {
  const open = missing.filter((id) => !ledger.has(id));
  if (told === undefined) return { waiting: [], lost: [], unknown: open };
  return {
    waiting: missing.filter((id) => told.waiting.has(id)),
    lost: open.filter((id) => !told.waiting.has(id) && !told.dead.has(id)),
    unknown: [],
  };
}
