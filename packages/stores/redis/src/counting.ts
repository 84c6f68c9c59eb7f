import type { Logger } from "@longshore/core";
import { type SharedStatistics, shareStatistics } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { BEGIN } from "./lua/begin.ts";
import { FIRST_DUE } from "./lua/depth.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";

const DAY_MS = 86_400_000;
/** How many processes are remembered; the oldest are forgotten first. */
const MOST_PROCESSES = 1_000;

/** The process, and its figures. `processes` has the order in which they wrote, `counted` what. */
const SAVE = script(
  BEGIN,
  String.raw`
local all = P..'processes'
call('ZADD', all, now, ARGV[2])
call('HSET', P..'counted', ARGV[2], ARGV[3])
local old = call('ZRANGEBYSCORE', all, '-inf', now - ${DAY_MS}, 'LIMIT', 0, 100)
if #old == 0 then old = call('ZRANGE', all, 0, -${MOST_PROCESSES + 1}) end
for _, process in ipairs(old) do
  call('ZREM', all, process)
  call('HDEL', P..'counted', process)
end
return '0'
`,
);

/** The own process. Answers the time, what the others have counted, and for each queue since when its first job is due. */
const READ = script(
  BEGIN,
  ROWS,
  FIRST_DUE,
  String.raw`
local others, oldest = {}, {}
for _, process in ipairs(call('ZRANGEBYSCORE', P..'processes', '('..(now - ${DAY_MS}), '+inf')) do
  if process ~= ARGV[2] then others[#others + 1] = call('HGET', P..'counted', process) end
end
local levels = call('HGETALL', P..'levels')
for k = 1, #levels, 2 do
  local queue = levels[k]
  local first = firstDue(levels[k + 1], queue)
  if first <= now then oldest[#oldest + 1] = '['..text(queue)..','..int(now - first)..']' end
end
return '['..int(now)..','..list(others)..','..list(oldest)..']'
`,
);

type Read = [now: number, others: readonly unknown[], oldest: readonly [queue: string, waitedMs: number][]];

/** Each process writes what it has counted under a name of its own. */
export function createCounting(run: Run, statistics: () => Statistics, log: Pick<Logger, "warn">): SharedStatistics {
  return shareStatistics(
    statistics,
    {
      save: (process, packed) => run(SAVE, [process, packed]),
      async read(process) {
        const [now, others, oldest] = await run<Read>(READ, [process]);
        return { now, others, oldest: oldest.map(([queue, waitedMs]) => ({ queue, waitedMs })) };
      },
    },
    log,
  );
}
