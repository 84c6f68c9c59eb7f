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
    what: "A window reaches back by one slot more than it says.",
  },
  {
    id: "F160-fresh-for-ever",
    fault: "F160",
    file: STATISTICS,
    find: `of fresh) if (index * LEAST_MS >= from) addBucket(sum, bucket);`,
    replace: `of fresh) if (index >= 0) addBucket(sum, bucket);`,
    what: "What is not yet folded is in every window, however old it is.",
  },
  {
    id: "F160-fold-replaces",
    fault: "F160",
    file: STATISTICS,
    find: `addBucket(bucketAt(kept[window], at), bucket);`,
    replace: `kept[window].set(at, bucket);`,
    what: "A fold replaces what its slot had counted before.",
  },
  {
    id: "F160-fold-loses",
    fault: "F160",
    file: STATISTICS,
    find: `if (old <= at - buckets) kept[window].delete(old);`,
    replace: `if (old <= at - buckets + 1) kept[window].delete(old);`,
    what: "A fold throws away the oldest slot that a window still shows.",
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
    what: "Attempts that were given back are in the times of their names.",
  },
  {
    id: "F160-failed-attempts-count-as-needed",
    fault: "F160",
    file: STATISTICS,
    find: `if (outcome === "complete") addValue(attempts, attempt);`,
    replace: `if (outcome !== "retry") addValue(attempts, attempt);`,
    what: "Jobs that died are in the attempts that a job needed.",
  },
  {
    id: "F160-packed-twice",
    fault: "F160",
    file: STATISTICS,
    find: `unpackBuckets(fresh, freshOf === of ? buckets : []);`,
    replace: `unpackBuckets(fresh, buckets);`,
    what: "What was packed before the whole counts again beside it.",
  },
  {
    id: "F160-forgets-how-much-is-fresh",
    fault: "F160",
    file: STATISTICS,
    find: `settled += ran.count;`,
    replace: `settled += Math.sign(ran.count);`,
    what: "Statistics that were read back do not know how much has come since they were packed as a whole.",
  },
  {
    id: "F160-covers-since-the-whole",
    fault: "F160",
    file: STATISTICS,
    find: `since = Math.min(from, freshFrom);`,
    replace: `since = from;`,
    what: "Statistics that were never packed as a whole cover no time.",
  },
  {
    id: "F142-one-label-more",
    fault: "F142",
    file: BUCKET,
    find: `const own = map.has(OTHERS) ? map.size - 1 : map.size;`,
    replace: `const own = map.has(OTHERS) ? map.size - 2 : map.size;`,
    what: "A label of its own is to be had once the others share one.",
  },
  {
    id: "F161-merge-forgets-attempts",
    fault: "F161",
    file: BUCKET,
    find: `    mergeSketch(sum.attempts, attempts);\n`,
    replace: ``,
    what: "Slots are merged without the attempts that jobs needed.",
  },
  {
    id: "F161-merge-does-not-count",
    fault: "F161",
    file: SKETCH,
    find: `for (const [bin, count] of from.bins) addTo(into, bin, count);`,
    replace: `for (const [bin, count] of from.bins) into.bins.set(bin, (into.bins.get(bin) ?? 0) + count);`,
    what: "A merged sketch has the other's bins, and its own count.",
  },
  {
    id: "F161-rank-off-by-one",
    fault: "F161",
    file: SKETCH,
    find: `let left = Math.ceil(share * count);`,
    replace: `let left = Math.floor(share * count) + 1;`,
    what: "A quantile is the value after the one that it should be.",
  },
  {
    id: "F161-upper-border",
    fault: "F161",
    file: SKETCH,
    find: `(2 * GROWTH ** bin) / (GROWTH + 1)`,
    replace: `GROWTH ** bin`,
    what: "A quantile is the upper border of its bin, which is off by twice as much.",
  },
  {
    id: "F160-last-shard-is-oldest",
    fault: "F160",
    file: READ,
    find: `Math.max(oldest.get(queue) ?? 0, waitedMs)`,
    replace: `waitedMs`,
    what: "Of several shards the last says how long a queue's oldest job has waited.",
  },
  {
    id: "F160-shortest-shard-covers",
    fault: "F160",
    file: READ,
    find: `Math.max(0, ...parts.map(`,
    replace: `Math.min(...parts.map(`,
    what: "Of several shards the one that has counted for the shortest says how much time is covered.",
  },
  {
    id: "F160-stalled-do-not-wait",
    fault: "F160",
    file: "packages/stores/memory/src/counting.ts",
    find: `Math.min(waiting.dueAt(), leases.first()?.key ?? Infinity)`,
    replace: `waiting.dueAt()`,
    what: "A job whose worker vanished is not among those that wait.",
  },
  {
    id: "F160-duplicates-count",
    fault: "F160",
    file: TABLE,
    find: `      if (standing !== undefined) return { status: "duplicate"`,
    replace: `      if (standing !== undefined) stats?.enqueued(job, now);
      if (standing !== undefined) return { status: "duplicate"`,
    what: "A job that is enqueued again counts again.",
  },
  {
    id: "F160-object-forgets-the-whole",
    fault: "F160",
    file: `${OBJECT}/settle.ts`,
    find: `tables.setMeta("stats", stats.packAll());`,
    replace: `stats.packAll();`,
    what: "An object packs what it has counted, and does not keep it.",
    tests: ["test/crash.test.ts"],
  },
  {
    id: "F160-object-forgets-the-fresh",
    fault: "F160",
    file: `${OBJECT}/leases.ts`,
    find: `leases.sweepCursor, stats?.packFresh()]);`,
    replace: `leases.sweepCursor]);`,
    what: "A restart takes what an object has counted since it last packed the whole.",
    tests: ["test/crash.test.ts"],
  },
  {
    id: "F160-object-forgets-claims",
    fault: "F160",
    file: `${OBJECT}/leases.ts`,
    find: `stats ? [id, token, attempt, due, at, waitedMs] : [id, token, attempt, due],`,
    replace: `[id, token, attempt, due],`,
    what: "An object that comes back takes what it had claimed for claimed in 1970.",
    tests: ["test/crash.test.ts"],
  },
];
