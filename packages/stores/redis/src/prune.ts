import type { StoredJob } from "@longshore/core/adapter";
import { type Shown, storedJob } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { ROWS } from "./lua/rows.ts";
import { SHOWN } from "./lua/shown.ts";
import { type Run, script } from "./script.ts";

const MOST_EXPIRED = 1_000;
const MOST_BYTES = 4_000_000;

/** A limit, how long to keep a dead letter, and how many. Removes the oldest, and returns them. */
const PRUNE = script(
  BEGIN,
  ROWS,
  SHOWN,
  String.raw`
expire(${MOST_EXPIRED})
local limit, keep, most, answers, bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), {}, 0
while #answers < limit do
  local first = call('ZRANGE', DEAD, 0, 0, 'WITHSCORES')
  if #first == 0 or (tonumber(first[2]) + keep > now and call('ZCARD', DEAD) <= most) then break end
  local r = find(first[1])
  local one = shown(r)
  bytes = bytes + #one
  if bytes > ${MOST_BYTES} and #answers > 0 then break end
  answers[#answers + 1] = one
  forget(r)
end
return list(answers)
`,
);

export async function prune(
  run: Run,
  limit: number,
  { maxDead, deadKeepMs }: { readonly maxDead: number; readonly deadKeepMs: number },
): Promise<readonly StoredJob[]> {
  return (await run<Shown[]>(PRUNE, [String(limit), String(deadKeepMs), String(maxDead)])).map(storedJob);
}
