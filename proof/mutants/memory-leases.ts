import type { Mutant } from "./mutant.ts";

const CONTROL = "packages/stores/memory/src/control.ts";
const MEMORY = "packages/stores/memory/src/memory.ts";
const TABLE = "packages/stores/memory/src/table.ts";

/** The memory store's claims, leases, attempts and ends. */
export const memoryLeaseMutants: readonly Mutant[] = [
  {
    id: "F01-unfenced-settle",
    fault: "F01",
    file: MEMORY,
    find: `  if (row.token !== token) return "stale";\n`,
    replace: ``,
    what: "Any worker that ever held the job can settle it.",
  },
  {
    id: "F02-settle-after-release",
    fault: "F02",
    file: MEMORY,
    find: `  if (!row.leased) {`,
    replace: `  if (!row.leased && settledBy !== token) {`,
    what: "A token that has settled its job can settle it again, with another outcome.",
  },
  {
    id: "F02-stale-rescue",
    fault: "F02",
    file: TABLE,
    find: `    for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
      leases.remove(row);`,
    replace: `    for (let row = leases.first(); row !== undefined && row.key <= now; row = leases.first()) {
      leases.remove(row);
      row.token = 0;`,
    what: "A worker loses its expired lease before another claim has taken the job.",
  },
  {
    id: "F03-claim-in-two-steps",
    fault: "F03",
    file: TABLE,
    find: `    row.leased = true;
    row.attempt += 1;`,
    replace: `    row.attempt += 1;`,
    what: "A claimed job is not marked as leased.",
  },
  {
    id: "F03-claim-leaves-the-job-waiting",
    fault: "F03",
    file: TABLE,
    find: `          queueState.waiting.remove(row);\n`,
    replace: `          if (row.location === "list") queueState.waiting.remove(row);\n`,
    what: "A job that was delayed or retried stays in the waiting list when it is claimed.",
  },
  {
    id: "F05-heartbeat-revives",
    fault: "F05",
    file: MEMORY,
    find: `  if (!row.leased) return "lost";\n`,
    replace: ``,
    what: "A heartbeat after the settlement marks the job as leased again.",
  },
  {
    id: "F09-reused-identity",
    fault: "F09",
    file: TABLE,
    find: `row.token = ++lastToken;`,
    replace: `row.token ||= ++lastToken;`,
    what: "A job keeps the token of its first claim, so a restarted worker is taken for the one that crashed.",
  },
  {
    id: "F10-lease-without-end",
    fault: "F10",
    file: TABLE,
    find: `row !== undefined && row.key <= now; row = leases.first()) {
      leases.remove(row);`,
    replace: `row !== undefined && row.key <= now - 14_400_000; row = leases.first()) {
      leases.remove(row);`,
    what: "An expired lease is taken over only four hours later.",
  },
  {
    id: "F17-token-per-job",
    fault: "F17",
    file: TABLE,
    find: `row.token = ++lastToken;`,
    replace: `row.token += 1;`,
    what: "Tokens are counted per job, so they repeat for a new job with an old id.",
  },
  {
    id: "F21-takeover-is-no-attempt",
    fault: "F21",
    file: TABLE,
    find: `row.attempt += 1;`,
    replace: `if (!stalled) row.attempt += 1;`,
    what: "An attempt that ended with its worker is not counted.",
  },
  {
    id: "F22-crash-leaves-no-trace",
    fault: "F22",
    file: TABLE,
    find: `return claimed(row, stalled, dueAt, now);`,
    replace: `return claimed(row, false, dueAt, now);`,
    what: "A claim that takes over a lease does not report it.",
  },
  {
    id: "F23-death-without-a-cause",
    fault: "F23",
    file: MEMORY,
    find: `table.end(row, "dead", now, history);`,
    replace: `table.end(row, "dead", now, { settledBy: token, failures });`,
    what: "A dead letter does not keep its last failure.",
  },
  {
    id: "F23-dead-letter-is-dropped",
    fault: "F23",
    file: TABLE,
    find: `if (state !== "dead" && keepMs === 0 && !needed) return forget(row, now);`,
    replace: `if (keepMs === 0 && !needed) return forget(row, now);`,
    what: "A dead letter of a job that is not kept is dropped.",
  },
  {
    id: "F24-replays-what-is-alive",
    fault: "F24",
    file: CONTROL,
    find: `if (state !== "dead" && state !== "cancelled") return { status: "refused", state };`,
    replace: `if (state === "active") return { status: "refused", state };`,
    what: "A repeated replay restarts jobs that are waiting, running or completed.",
  },
  {
    id: "F24-replay-goes-on-counting",
    fault: "F24",
    file: TABLE,
    find: `history: { settledBy, failures }, attempt: 0, bornAt`,
    replace: `history: { settledBy, failures }, bornAt`,
    what: "A replayed job keeps its used attempts.",
  },
];
