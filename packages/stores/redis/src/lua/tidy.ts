/**
 * `tidy()`, at the end of a script in which rows have left a line: where void entries are the most of it, some of its first
 * entries are removed, and the rows among them move to a sorted set, where they keep their turn.
 */
export const TIDY: string = String.raw`
local function tidy()
  for level, void in pairs(left) do
    local line = P..'l:'..level
    if void > 100 and void * 2 > call('LLEN', line) then
      local removed = 0
      for _, e in ipairs(call('LPOP', line, 200 + #ARGV) or {}) do
        local r = inLine(level, e)
        if r then
          r.stands = 1
          call('ZADD', P..SETS[1]..level, r.due, entry(r.seq, r.id))
          call('HSET', JOBS, r.id, pack(r))
        else
          removed = removed - 1
        end
      end
      call('HINCRBY', VOID, level, removed)
    end
  end
end
`;
