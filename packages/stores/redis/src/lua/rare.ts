import { DEPTH } from "./depth.ts";
import { FAMILY } from "./family.ts";
import { FAILED } from "./finish.ts";
import { KEYS } from "./keys.ts";
import { LANES } from "./lanes.ts";

/**
 * `rare(feature)`: the functions of a feature that few jobs have, made once a script meets such a job. Making functions takes
 * longer than what most scripts do, and most of all one that uses many others; so there is one for all features.
 *
 * - `block`: for a row that waits for another one.
 * - `letThrough`: ends each step in which a limit may have let another job start.
 */
export const RARE: string = String.raw`
local made = {}
rare = function(feature)
  if made[feature] then return made[feature] end
  local function block(r, stands)
    r.past, r.stands = true, stands
    call('HINCRBY', ENDED, '4'..r.queue, 1)
    call('HSET', JOBS, r.id, pack(r))
  end
  local function make()
    if feature == 'keys' then
      ${KEYS}
    elseif feature == 'failed' then
      ${FAILED}
    elseif feature == 'depth' then
      ${DEPTH}
    elseif feature == 'family' then
      ${FAMILY}
    end
    ${LANES}
  end
  made[feature] = make()
  return made[feature]
end
local function letThrough()
  return made.lanes and made.lanes.letThrough()
end
`;
