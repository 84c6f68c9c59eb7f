import { expiredAfter } from "@longshore/core/adapter";
import { FINISH } from "./finish.ts";
import { PLACES } from "./places.ts";
import { RARE } from "./rare.ts";
import { WAITING } from "./waiting.ts";

const EXPIRED = expiredAfter(0, 0).message.replace("0", "%.15g");
/** How many due jobs one run of the script puts behind the keys of their limits. */
const MOST_PARKED = 1_000;

/**
 * Of a claim, which goes through each queue once or in several rounds. It has these functions only where rows may have an
 * extra, because making them takes time.
 *
 * - `beginRound`: a queue's limit bounds how many are taken (`most`).
 * - `admit`: what is told of a row that has an extra and is due: 2 it is too late, 4 it has limits and starts under this
 *   token, 0 it starts. False: it waits behind its limit's key now.
 * - `endRound`: ends those that were too late, and lets the next of each key start. Returns whether another round may find
 *   some of these.
 */
export const ADMIT: string = String.raw`
  ${PLACES}
  local function features()
    if not met then
      ${WAITING}${RARE}${FINISH}
      met = { lanes = rare('lanes'), failed = rare('failed'), finish = finish }
    end
    return met
  end
  parked = 0
  beginRound = function(levels)
    local number
    late = {}
    number, runs = placesIn(queue, levels)
    if number then most = math.min(limit, max(0, number - runs)) end
  end
  admit = function(r, token)
    local by, limits = r.extra.by, r.extra.limits
    if by and now > by and r.attempt == 0 and not r.leased then
      late[#late + 1] = r
      features()
      most = math.min(limit, most + 1)
      return 2
    end
    if not limits then return 0 end
    local lanes = features().lanes
    if not r.leased and not lanes.mayStart(r) then
      parked = parked + 1
      if parked == ${MOST_PARKED} then stopped = true end
      lanes.park(r)
      return false
    end
    lanes.start(r, token)
    if limits.places then most = math.min(limit, n + max(1, limits.places - runs - n + #late)) end
    return 4
  end
  endRound = function()
    for _, r in ipairs(late) do
      if r.extra.limits then met.lanes.leave(r) end
      met.failed(r, format('{"message":"${EXPIRED}"}', r.extra.within))
      met.finish(r, 3)
    end
    return met.lanes.letThrough() or #late > 0
  end
  if unfinished then
    features()
    rare('family').goOn()
  end
`;
