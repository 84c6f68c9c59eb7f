import { PAUSED } from "./paused.ts";

/** A row as operators see it, as JSON. */
export const SHOWN: string = String.raw`${PAUSED}
local pausedQueues = {}
local function shown(r)
  local queue, why = r.queue, call('HGET', WHY, r.id)
  if pausedQueues[queue] == nil then pausedQueues[queue] = pauseEnd(queue) > 0 and 1 or 0 end
  local result = call('HGET', RESULT, r.id)
  local failures = string.gsub(call('HGET', FAIL, r.id) or '', '\n', ',')
  return format('[%s,%s,%s,%d,"%s",%d,%d,%d,[%s],%s,%s,%d,%s]', text(r.id), text(queue), text(r.name), r.prio, state(r),
    r.attempt, r.born, r.due, failures, result and '['..result..']' or '0',
    why and '['..string.match(why, '^%d+ (.*)$')..']' or '0', pausedQueues[queue], r.body)
end
`;
