import { EXTRA_VERSION } from "./begin.ts";

/**
 * Limits of queues. A queue that ever had one has a `p` among its `levels`.
 *
 * `placesIn`: how many jobs of a queue may run at a time, and how many do; nil and nil if it never had a limit. The first is
 * the number of the job that was claimed last, of those that are leased and have one. `levels`: if they are known.
 */
export const PLACES: string = String.raw`
local function placesIn(queue, levels)
  if version < '${EXTRA_VERSION}' then return end
  levels = levels or call('HGET', P..'levels', queue) or ''
  if not string.find(levels, 'p', 1, true) then return end
  local last, runs = call('ZRANGE', P..'p:'..queue, -1, -1)[1], 0
  for digit in string.gmatch(levels, '%d') do
    runs = runs + call('ZCOUNT', P..'a:'..digit..queue, '('..int(now), '+inf')
  end
  return last and tonumber(string.match(last, '^%d+')), runs
end
`;
