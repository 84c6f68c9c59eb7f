import type { WakeRequest } from "@longshore/core/adapter";
import { BEGIN } from "./lua/begin.ts";
import { PAUSED } from "./lua/paused.ts";
import { PLACES } from "./lua/places.ts";
import { ROWS } from "./lua/rows.ts";
import { scheduleKey } from "./schedules.ts";
import { type Run, script } from "./script.ts";

/** The number of queues, queues, and the keys of schedules. A full queue has room again when one of its leases ends. */
const DUE = script(
  BEGIN,
  ROWS,
  PAUSED,
  PLACES,
  String.raw`
local first = unfinished and now
local function at(ms)
  if ms and (not first or tonumber(ms) < first) then first = tonumber(ms) end
end
local queues = tonumber(ARGV[2])
for i = 3, 2 + queues do
  local queue = ARGV[i]
  local from = pauseEnd(queue)
  if from < math.huge then
    local levels = call('HGET', P..'levels', queue) or ''
    local number, runs = placesIn(queue, levels)
    for digit in string.gmatch(levels, '%d') do
      local level = digit..queue
      if number and runs >= number then
        local ends = call('ZRANGEBYSCORE', P..'a:'..level, '('..int(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
        if ends then at(max(tonumber(ends), from)) end
      else
      if call('LLEN', P..'l:'..level) > tonumber(call('HGET', VOID, level) or '0') then at(max(now, from)) end
      for _, set in ipairs(SETS) do
        local due = call('ZRANGE', P..set..level, 0, 0, 'WITHSCORES')[2]
        if due then at(max(tonumber(due), from)) end
      end
      end
    end
  end
end
for i = 3 + queues, #ARGV do at(call('HGET', P..'next', ARGV[i]) or nil) end
return first and int(max(0, first - now)) or 'null'
`,
);

export async function dueInMs(run: Run, { queues, schedules }: WakeRequest): Promise<number | undefined> {
  const args = [String(queues.length), ...queues, ...schedules.map(scheduleKey)];
  return (await run<number | null>(DUE, args)) ?? undefined;
}
