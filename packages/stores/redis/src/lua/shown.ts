import { PAUSED } from "./paused.ts";
import { PLACES } from "./places.ts";

/** A row as operators see it, as JSON. Why it waits: 1 its queue is paused, 2 it is full, 3 its limit's key, 4 its parents. */
export const SHOWN: string = String.raw`${PAUSED}${PLACES}
local helds = {}
local function shown(r)
  local queue, why = r.queue, call('HGET', WHY, r.id)
  if not helds[queue] then
    local number, runs = placesIn(queue)
    helds[queue] = pauseEnd(queue) > 0 and 1 or number and runs >= number and 2 or 0
  end
  local result = call('HGET', RESULT, r.id)
  local after = '0'
  if r.extra and r.extra.ids then
    after = {}
    for k, id in ipairs(r.extra.ids) do after[k] = text(id) end
    after = list(after)
  end
  local failures = string.gsub(call('HGET', FAIL, r.id) or '', '\n', ',')
  return format('[%s,%s,%s,%d,"%s",%d,%d,%d,[%s],%s,%s,%d,%s,%s]', text(r.id), text(queue), text(r.name), r.prio, state(r),
    r.attempt, r.born, r.due, failures, result and '['..result..']' or '0',
    why and '['..string.match(why, '^%d+ (.*)$')..']' or '0', r.stands > 6 and r.stands - 4 or helds[queue], after, r.body)
end
`;
