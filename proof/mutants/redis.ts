import type { Mutant } from "./mutant.ts";

const REDIS = "packages/stores/redis/src";
/** The suite, and what a row must leave behind: nothing. */
const ON_REDIS = { tests: ["test/conformance.test.ts", "test/rare.test.ts"] };

/** Of what the scripts of Redis do for rows that have an extra. */
export const redisMutants: readonly Mutant[] = [
  {
    id: "F60-redis-expired-in-the-middle-of-its-retries",
    fault: "F60",
    file: `${REDIS}/lua/admit.ts`,
    find: `now > by and r.attempt == 0 and not r.leased`,
    replace: `now > by and not r.leased`,
    what: "In Redis, a job whose first attempt began in time expires before its second.",
    ...ON_REDIS,
  },
  {
    id: "F60-redis-rows-run-at-once-are-late",
    fault: "F60",
    file: `${REDIS}/control.ts`,
    find: `    r.due = now\n    patience(r)\n`,
    replace: `    r.due = now\n`,
    what: "In Redis, the time to begin of a job that an operator runs at once counts from when it was due.",
    ...ON_REDIS,
  },
  {
    id: "F66-redis-a-claim-leaves-what-it-let-through",
    fault: "F66",
    file: `${REDIS}/lua/admit.ts`,
    find: `return met.lanes.letThrough() or #late > 0`,
    replace: `return not met.lanes.letThrough() and false`,
    what: "In Redis, a claim leaves out the jobs whose turn has come by what it has taken or ended.",
    ...ON_REDIS,
  },
  {
    id: "F42-redis-what-expired-keeps-its-turn",
    fault: "F42",
    file: `${REDIS}/lua/admit.ts`,
    find: `      if r.extra.limits then met.lanes.leave(r) end\n`,
    replace: ``,
    what: "In Redis, a job that has expired is still the one of its limit's key that may start, and nobody follows.",
    ...ON_REDIS,
  },
  {
    id: "F148-redis-key-counts-no-run",
    fault: "F148",
    file: `${REDIS}/lua/lanes.ts`,
    find: `    call('SADD', P..'r:'..key, r.id)\n`,
    replace: ``,
    what: "In Redis, the limit of a key counts no running job.",
    ...ON_REDIS,
  },
  {
    id: "F42-redis-key-keeps-places",
    fault: "F42",
    file: `${REDIS}/lua/rows.ts`,
    find: `(stands < 4 or stands == 7)`,
    replace: `(stands < 3 or stands == 7)`,
    what: "In Redis, the place of a run that has ended is never free.",
    ...ON_REDIS,
  },
  {
    id: "F148-redis-late-renewal-of-a-full-queue",
    fault: "F148",
    file: `${REDIS}/renew.ts`,
    find: `if l and l.till <= now then`,
    replace: `if l and l.till < 0 then`,
    what: "In Redis, a lease that ended is renewed beside the job that has its queue's place.",
    ...ON_REDIS,
  },
  {
    id: "F66-redis-end-in-a-full-queue-wakes-nobody",
    fault: "F66",
    file: `${REDIS}/lua/lanes.ts`,
    find: `places..' '..r.id)\n      wake()\n`,
    replace: `places..' '..r.id)\n`,
    what: "In Redis, the end of a run in a full queue wakes no worker.",
    ...ON_REDIS,
  },
  {
    id: "F148-redis-more-than-a-queue-may",
    fault: "F148",
    file: `${REDIS}/claim.ts`,
    find: `          if n >= most or stopped or `,
    replace: `          if stopped or `,
    what: "In Redis, a claim takes what it has popped, though a job among them has lowered the queue's limit.",
    ...ON_REDIS,
  },
  {
    id: "F27-redis-rate-saves-up",
    fault: "F27",
    file: `${REDIS}/lua/lanes.ts`,
    find: `* limits.every, max(tat, now)`,
    replace: `* limits.every, tat`,
    what: "In Redis, a throttle makes up for a pause with more jobs at once than its burst.",
    ...ON_REDIS,
  },
  {
    id: "F17-redis-rounds-share-numbers",
    fault: "F17",
    file: `${REDIS}/claim.ts`,
    find: `    if token ~= given then call('SET', P..'last', int(token - 1)) end
    token, given = nil, nil
`,
    replace: ``,
    what: "In Redis, two jobs of one claim have the same number, and the sequence goes back.",
    ...ON_REDIS,
  },
];
