import { type JobPage, type JobState, type ListRequest, statesOf } from "@longshore/core/adapter";
import { get } from "./inspect.ts";
import { BEGIN } from "./lua/begin.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";

/** How many rows one run of the script looks at: about as many as have this many bytes, from few to many. */
const BYTES = 2_000_000;
const FEWEST = 50;
const MOST = 2_000;

/**
 * Where to look, the cursor of SCAN, how many, states (each between commas), queue, name. Answers the next cursor, how
 * many bytes it looked at, and the ids of what it found. Each is seen that is there from the first run to the last,
 * perhaps twice.
 */
const SCAN = script(
  BEGIN,
  ROWS,
  String.raw`
local set, wanted, queue, name, ids, bytes = ARGV[2], ARGV[5], ARGV[6], ARGV[7], {}, 0
local isHash = set == 'jobs' or set == 'leases'
local answer = call(isHash and 'HSCAN' or 'ZSCAN', P..set, ARGV[3], 'COUNT', ARGV[4])
for k = 1, #answer[2], 2 do
  local id = answer[2][k]
  local r = wanted..queue..name ~= '' and find(id)
  bytes = bytes + #answer[2][k + 1] + (r and #r.body or 0)
  if r and (queue == '' or r.queue == queue) and (name == '' or r.name == name)
    and (wanted == '' or string.find(wanted, ','..state(r)..',', 1, true)) or wanted..queue..name == '' then
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
 * of its state (of all states, for several that are kept apart), in steps between which the server does other work.
 */
export async function list(run: Run, request: ListRequest): Promise<JobPage> {
  const { queue = "", name = "", limit, cursor, descending = false } = request;
  const states = statesOf(request);
  const [set = "jobs", ...others] = new Set(states?.map((state) => SETS[state]));
  const where = others.length > 0 ? "jobs" : set;
  const wanted = states === undefined ? "" : `,${states.join()},`;
  const isBefore = (a: string, b: string): boolean => (descending ? a > b : a < b);
  const inOrder = (ids: Iterable<string>): string[] => [...ids].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const found = new Set<string>();
  let [at, amount] = ["0", FEWEST];
  do {
    const args = [where, at, String(amount), wanted, queue, name];
    const [next, bytes, ids] = await run<[string, number, string[]]>(SCAN, args);
    for (const id of ids) if (cursor === undefined || isBefore(cursor, id)) found.add(id);
    if (found.size > 4 * limit + MOST) for (const id of inOrder(found).slice(limit + 1)) found.delete(id);
    amount = Math.max(FEWEST, Math.min(MOST, Math.floor((amount * BYTES) / (bytes + 1)), amount * 4));
    at = next;
  } while (at !== "0");
  const sorted = inOrder(found);
  const page = sorted.slice(0, limit);
  const rows = await get(
    run,
    page.map((id) => ({ id })),
  );
  // Some may have gone on since.
  const jobs = rows.flatMap((job) => (job !== undefined && states?.includes(job.state) !== false ? [job] : []));
  const last = sorted.length > limit ? page.at(-1) : undefined;
  return last === undefined ? { jobs } : { jobs, cursor: last };
}
