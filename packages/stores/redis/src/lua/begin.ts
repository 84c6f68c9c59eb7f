/**
 * The versions of what is in the keys: 2 once a job had a unique key, 3 once a row had an `extra`, 4 once a job had an order.
 * Code that does not know one changes nothing. A `+` behind it says that the ends of some parents are unfinished, see
 * `family.ts`.
 */
export const VERSION = "1";
export const KEYED_VERSION = "2";
export const EXTRA_VERSION = "3";
export const ORDERED_VERSION = "4";
export const NEWEST: string = `${ORDERED_VERSION}+`;

/** How an error begins that says of which version the keys are. */
export const OTHER_VERSION = "LONGSHORE_VERSION";

/**
 * Begins every script. KEYS[1] is the prefix; its hash tag puts all keys of a store into one slot. ARGV[1] is the time
 * in ms, for tests; without it the server's clock is right.
 *
 * Numbers, which are tokens and places in line, are from one sequence. It follows the clock in µs, so that a server that
 * lost what it was told last does not give any of them again.
 *
 * A script is not undone if a command in it fails. The one that may is the first that adds something to a full server
 * (`maxmemory`), unless another has written before it. So what must go on there writes something first that frees.
 */
export const BEGIN: string = String.raw`
local P, call, S = KEYS[1], redis.call, struct
local byte, sub, format, floor, max = string.byte, string.sub, string.format, math.floor, math.max
local version = call('GET', P..'version')
if not version or version < '${VERSION}' or version > '${NEWEST}' then
  if version then return redis.error_reply('${OTHER_VERSION} '..version) end
  version = '${VERSION}'
  call('SET', P..'version', version)
end
local T = call('TIME')
local now = tonumber(ARGV[1]) or T[1] * 1000 + floor(T[2] / 1000)
local unfinished = sub(version, 2) == '+'
local function setVersion(to, leaves)
  version, unfinished = to..(leaves and '+' or ''), leaves
  call('SET', P..'version', version)
end
local function raise(to)
  if version < to then setVersion(to, unfinished) end
end
local function int(n) return format('%d', n) end
local function nextNumber() return max(tonumber(call('GET', P..'last') or '0') + 1, T[1] * 1000000 + T[2]) end
local function numbers(n)
  local first = nextNumber()
  call('SET', P..'last', int(first + n - 1))
  return first
end
local woke = false
local function wake()
  if not woke then call('PUBLISH', P..'wake', '') end
  woke = true
end
local function each(command, key, all)
  for i = 1, #all, 4000 do call(command, key, unpack(all, i, math.min(i + 3999, #all))) end
end
local function text(s)
  if string.find(s, '[%c"\\\128-\255]') then return cjson.encode(s) end
  return '"'..s..'"'
end
local function list(all) return '['..table.concat(all, ',')..']' end
`;
