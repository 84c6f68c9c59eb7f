import type { Lease, RenewAnswer } from "@longshore/core/adapter";
import { whole } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { PLACES } from "./lua/places.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";

/** `leaseMs`, then id and token by turns. */
const RENEW = script(
  BEGIN,
  ROWS,
  PLACES,
  String.raw`
local answers, till = {}, now + tonumber(ARGV[2])
for i = 3, #ARGV, 2 do
  local id, token = ARGV[i], tonumber(ARGV[i + 1])
  local raw = call('HGET', LEASES, id)
  local l = raw and readLease(raw)
  local number, runs
  if l and l.till <= now then number, runs = placesIn(l.queue) end
  if l and l.token == token and not (number and runs >= number) then
    local key, e = P..'a:'..(l.prio % 16)..l.queue, entry(l.seq, id)
    call('ZREM', key, e) -- frees, so that the rest is allowed on a full server
    l.till = till
    call('HSET', LEASES, id, packLease(l))
    call('ZADD', key, till, e)
    answers[#answers + 1] = '0'
  else
    local r = find(id)
    answers[#answers + 1] = r and r.token == token and r.ended == 3 and '2' or '1'
  end
end
return list(answers)
`,
);

const ANSWERS = ["held", "lost", "cancelled"] as const;

export async function renew(run: Run, leases: readonly Lease[], leaseMs: number): Promise<readonly RenewAnswer[]> {
  const args = [String(whole(leaseMs)), ...leases.flatMap(({ id, token }) => [id, String(token)])];
  return (await run<(0 | 1 | 2)[]>(RENEW, args)).map((answer) => ANSWERS[answer]);
}
