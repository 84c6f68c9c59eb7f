/** `depthOf(queue)`: how many jobs of a queue have not ended, from what is kept anyway, whatever code has written it. */
export const DEPTH_OF: string = String.raw`
local function depthOf(queue)
  local n = tonumber(call('HGET', ENDED, '4'..queue) or '0')
  for digit in string.gmatch(call('HGET', P..'levels', queue) or '', '%d') do
    local level = digit..queue
    n = n + call('LLEN', P..'l:'..level) - tonumber(call('HGET', VOID, level) or '0')
    for _, set in ipairs(SETS) do n = n + call('ZCARD', P..set..level) end
  end
  return n
end
`;

/** How many void entries one script takes off a line to see its first job. */
const MOST_VOID = 10_000;

/** `firstDue(levels, queue)`: since when the first job of a queue is due; later than now if none is. */
export const FIRST_DUE: string = String.raw`
local function firstDue(levels, queue)
  local first = now + 1
  for digit in string.gmatch(levels, '%d') do
    local level = digit..queue
    for _, set in ipairs(SETS) do
      first = math.min(first, tonumber(call('ZRANGE', P..set..level, 0, 0, 'WITHSCORES')[2]) or first)
    end
    local line, void = P..'l:'..level, 0
    local e = call('LINDEX', line, 0)
    while e do
      local r = inLine(level, e)
      if r then
        first = math.min(first, r.due)
        break
      end
      call('LPOP', line)
      call('HINCRBY', VOID, level, -1)
      void = void + 1
      e = void < ${MOST_VOID} and call('LINDEX', line, 0)
    end
  end
  return first
end
`;

/**
 * How many jobs a queue may have. See `rare`. `depths` has, of a call, the jobs of each queue that it has met.
 *
 * - `enter`: counts one more; if the queue is full, returns what is told of that.
 * - `refusal`: what is told of a call of which one new job would find its queue full; nil if there is none.
 */
export const DEPTH: string = String.raw`
  ${DEPTH_OF}
  local function enter(depths, queue, most)
    local n = depths[queue] or depthOf(queue)
    depths[queue] = n
    if most and n >= most then return '["full",'..text(queue)..','..int(most)..']' end
    depths[queue] = n + 1
  end
  local function refusal(i, n)
    local depths, seen = {}, {}
    for k = 0, n - 1 do
      local id = ARGV[i + 3 * k]
      local most, queue = string.match(ARGV[i + 3 * k + 1], '^%d %d+ %a %d+ (%d*) (%Z*)')
      local full = not seen[id] and not find(id) and enter(depths, queue, tonumber(most))
      if full then return full end
      seen[id] = true
    end
  end
  return { enter = enter, refusal = refusal }
`;
