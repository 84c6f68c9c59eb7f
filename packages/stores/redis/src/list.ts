import type { JobPage, JobState, ListRequest } from "@longshore/core/adapter";
import { get } from "./inspect.ts";
import { BEGIN } from "./lua/begin.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";

/** How many rows one run of the script looks at: about as many as have this many bytes, from few to many. */
const BYTES = 2_000_000;
const FEWEST = 50;
const MOST = 2_000;

/**
 * Where to look, the cursor of SCAN, how many, state, queue. Answers the next cursor, how many bytes it looked at, and the
 * ids of what it found. Each is seen that is there from the first run to the last, perhaps twice.
 */
const SCAN = script(
  BEGIN,
  ROWS,
  String.raw`
local set, wanted, queue, ids, bytes = ARGV[2], ARGV[5], ARGV[6], {}, 0
local isHash = set == 'jobs' or set == 'leases'
local answer = call(isHash and 'HSCAN' or 'ZSCAN', P..set, ARGV[3], 'COUNT', ARGV[4])
for k = 1, #answer[2], 2 do
  local id = answer[2][k]
  local r = (wanted ~= '' or queue ~= '') and find(id)
  bytes = bytes + #answer[2][k + 1] + (r and #r.body or 0)
  if r and (queue == '' or r.queue == queue) and (wanted == '' or state(r) == wanted) or wanted..queue == '' then
    ids[#ids + 1] = text(id)
  end
end
return '["'..answer[1]..'",'..bytes..','..list(ids)..']'
`,
);

/** The smallest set that has all jobs of a state. */
const SETS: { readonly [S in JobState]: string } = {
  delayed: "jobs",
  failed: "jobs",
  blocked: "jobs",
  enqueued: "jobs",
  active: "leases",
  stalled: "leases",
  completed: "kept",
  cancelled: "kept",
  dead: "dead",
};

/**
 * By id. Redis keeps no such order, and an index of it would cost every waiting job memory: so a page looks at every row
 * of its state, in steps between which the server does other work.
 */
export async function list(run: Run, { state, queue, limit, cursor }: ListRequest): Promise<JobPage> {
  const set = state === undefined ? "jobs" : SETS[state];
  const found = new Set<string>();
  let [at, amount] = ["0", FEWEST];
  do {
    const args = [set, at, String(amount), state ?? "", queue ?? ""];
    const [next, bytes, ids] = await run<[string, number, string[]]>(SCAN, args);
    for (const id of ids) if (cursor === undefined || id > cursor) found.add(id);
    if (found.size > 4 * limit + MOST) for (const id of [...found].sort().slice(limit + 1)) found.delete(id);
    amount = Math.max(FEWEST, Math.min(MOST, Math.floor((amount * BYTES) / (bytes + 1)), amount * 4));
    at = next;
  } while (at !== "0");
  const sorted = [...found].sort();
  const page = sorted.slice(0, limit);
  const rows = await get(
    run,
    page.map((id) => ({ id })),
  );
  // Some may have gone on since.
  const jobs = rows.flatMap((job) => (job !== undefined && (state === undefined || job.state === state) ? [job] : []));
  const last = sorted.length > limit ? page.at(-1) : undefined;
  return last === undefined ? { jobs } : { jobs, cursor: last };
}
