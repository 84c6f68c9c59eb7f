/**
 * `pauseEnd(queue)`: until when a queue is paused; 0 if it is not. The set `paused` has the queues, and the hash `until` the
 * ends of the pauses that end by themselves: code that does not know these takes them for pauses without an end.
 */
export const PAUSED: string = String.raw`
local function pauseEnd(queue)
  if call('SISMEMBER', P..'paused', queue) == 0 then return 0 end
  local till = tonumber(call('HGET', P..'until', queue) or math.huge)
  if till > now then return till end
  call('SREM', P..'paused', queue)
  call('HDEL', P..'until', queue)
  return 0
end
`;
