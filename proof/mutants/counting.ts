import type { Mutant } from "./mutant.ts";

const STATISTICS = "packages/core/src/stats/statistics.ts";
const BUCKET = "packages/core/src/stats/bucket.ts";
const SKETCH = "packages/core/src/stats/sketch.ts";
const READ = "packages/core/src/stats/report.ts";
const TABLE = "packages/stores/memory/src/table.ts";
const OBJECT = "packages/stores/durable-objects/src/store";

/** Of what stores count, and of how it is read. */
export const countingMutants: readonly Mutant[] = [
  {
    id: "F160-slot-too-long",
    fault: "F160",
    file: STATISTICS,
    find: `(Math.floor(now / bucketMs) - buckets + 1) * bucketMs`,
    replace: `(Math.floor(now / bucketMs) - buckets) * bucketMs`,
    what: "A window covers one slot more than it should.",
  },
  {
    id: "F160-fresh-for-ever",
    fault: "F160",
    file: STATISTICS,
    find: `of fresh) if (index * LEAST_MS >= from) addBucket(sum, bucket);`,
    replace: `of fresh) if (index >= 0) addBucket(sum, bucket);`,
    what: "Entries that are not yet folded count in every window, however old they are.",
  },
  {
    id: "F160-fold-replaces",
    fault: "F160",
    file: STATISTICS,
    find: `addBucket(bucketAt(kept[window], at), bucket);`,
    replace: `kept[window].set(at, bucket);`,
    what: "A fold replaces what its slot had already counted.",
  },
  {
    id: "F160-fold-loses",
    fault: "F160",
    file: STATISTICS,
    find: `if (old <= at - buckets) kept[window].delete(old);`,
    replace: `if (old <= at - buckets + 1) kept[window].delete(old);`,
    what: "A fold drops the oldest slot that a window still covers.",
  },
  {
    id: "F160-snoozed-are-timed",
    fault: "F160",
    file: STATISTICS,
    find: `      if (outcome === "snooze") return;
      const bucket = bucketNow(now);
      countsOf(`,
    replace: `      const bucket = bucketNow(now);
      if (outcome !== "snooze") countsOf(`,
    what: "Attempts that were given back count in the run times of their names.",
  },
  {
    id: "F160-failed-attempts-count-as-needed",
    fault: "F160",
    file: STATISTICS,
    find: `if (outcome === "complete") addValue(attempts, attempt);`,
    replace: `if (outcome !== "retry") addValue(attempts, attempt);`,
    what: "Dead jobs count in the number of attempts that a completion needed.",
  },
  {
    id: "F160-packed-twice",
    fault: "F160",
    file: STATISTICS,
    find: `unpackBuckets(fresh, freshOf === of ? buckets : []);`,
    replace: `unpackBuckets(fresh, buckets);`,
    what: "Entries that were packed before the full pack count twice.",
  },
  {
    id: "F160-forgets-how-much-is-fresh",
    fault: "F160",
    file: STATISTICS,
    find: `settled += ran.count;`,
    replace: `settled += Math.sign(ran.count);`,
    what: "Statistics that were read back do not know how much has been added since the last full pack.",
  },
  {
    id: "F160-covers-since-the-whole",
    fault: "F160",
    file: STATISTICS,
    find: `since = Math.min(from, freshFrom);`,
    replace: `since = from;`,
    what: "Statistics that were never fully packed report that they cover no time.",
  },
  {
    id: "F142-one-label-more",
    fault: "F142",
    file: BUCKET,
    find: `const own = map.has(OTHERS) ? map.size - 1 : map.size;`,
    replace: `const own = map.has(OTHERS) ? map.size - 2 : map.size;`,
    what: "One more label than the limit gets its own counts.",
  },
  {
    id: "F161-merge-forgets-attempts",
    fault: "F161",
    file: BUCKET,
    find: `    mergeSketch(sum.attempts, attempts);\n`,
    replace: ``,
    what: "A merge of slots omits the attempts that jobs needed.",
  },
  {
    id: "F161-merge-does-not-count",
    fault: "F161",
    file: SKETCH,
    find: `for (const [bin, count] of from.bins) addTo(into, bin, count);`,
    replace: `for (const [bin, count] of from.bins) into.bins.set(bin, (into.bins.get(bin) ?? 0) + count);`,
    what: "A merge of sketches adds the bins but not the count.",
  },
  {
    id: "F161-rank-off-by-one",
    fault: "F161",
    file: SKETCH,
    find: `let left = Math.ceil(share * count);`,
    replace: `let left = Math.floor(share * count) + 1;`,
    what: "A quantile is the next higher value than it should be.",
  },
  {
    id: "F161-upper-border",
    fault: "F161",
    file: SKETCH,
    find: `(2 * GROWTH ** bin) / (GROWTH + 1)`,
    replace: `GROWTH ** bin`,
    what: "A quantile is the upper bound of its bin, which doubles its error.",
  },
  {
    id: "F160-last-shard-is-oldest",
    fault: "F160",
    file: READ,
    find: `Math.max(oldest.get(queue) ?? 0, waitedMs)`,
    replace: `waitedMs`,
    what: "The wait of a queue's oldest job is the last shard's, not the longest of all shards.",
  },
  {
    id: "F160-shortest-shard-covers",
    fault: "F160",
    file: READ,
    find: `Math.max(0, ...parts.map(`,
    replace: `Math.min(...parts.map(`,
    what: "The covered time is that of the shard that has counted for the shortest time.",
  },
  {
    id: "F160-stalled-do-not-wait",
    fault: "F160",
    file: "packages/stores/memory/src/counting.ts",
    find: `Math.min(waiting.dueAt(), leases.first()?.key ?? Infinity)`,
    replace: `waiting.dueAt()`,
    what: "A job whose worker vanished does not count as waiting.",
  },
  {
    id: "F160-duplicates-count",
    fault: "F160",
    file: TABLE,
    find: `      if (standing !== undefined) return { status: "duplicate"`,
    replace: `      if (standing !== undefined) stats?.enqueued(job, now);
      if (standing !== undefined) return { status: "duplicate"`,
    what: "A duplicate enqueue is counted.",
  },
  {
    id: "F160-object-forgets-the-whole",
    fault: "F160",
    file: `${OBJECT}/settle.ts`,
    find: `tables.setMeta("stats", stats.packAll());`,
    replace: `stats.packAll();`,
    what: "An object packs its statistics, and does not store them.",
    tests: ["test/crash.test.ts"],
  },
  {
    id: "F160-object-forgets-the-fresh",
    fault: "F160",
    file: `${OBJECT}/leases.ts`,
    find: `leases.sweepCursor, stats?.packFresh()]);`,
    replace: `leases.sweepCursor]);`,
    what: "A restart loses what an object has counted since its last full pack.",
    tests: ["test/crash.test.ts"],
  },
  {
    id: "F160-object-forgets-claims",
    fault: "F160",
    file: `${OBJECT}/leases.ts`,
    find: `stats ? [id, token, attempt, due, at, waitedMs] : [id, token, attempt, due],`,
    replace: `[id, token, attempt, due],`,
    what: "After a restart, the claim times of leased jobs are 1970.",
    tests: ["test/crash.test.ts"],
  },
];
