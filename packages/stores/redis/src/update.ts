import type { Change, ControlAnswer } from "@longshore/core/adapter";
import { type Operated, controlAnswer } from "./control.ts";
import { aboutText, dueText } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { TIDY } from "./lua/tidy.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

/**
 * Changes, of six arguments each: id, name, priority, due, payload, headers; what is empty stays. A job keeps its place in
 * line if neither its priority nor its due time changes, and leaves a void entry there otherwise; behind the key of its
 * limit it takes its turn anew.
 */
const UPDATE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  TIDY,
  String.raw`
local answers = {}
for i = 2, #ARGV, 6 do
  local r = find(ARGV[i])
  if not r or r.name ~= ARGV[i + 1] then answers[#answers + 1] = '1'
  elseif r.leased or r.ended > 0 then answers[#answers + 1] = '"'..state(r)..'"'
  else
    local prio, due, payload, headers = ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
    local limits = r.extra and r.extra.limits
    local moves = r.stands ~= 6 and r.stands ~= 8 and (prio ~= '' or due ~= '' or limits and limits.key)
    if moves then detach(r) end
    if payload ~= '' then
      local tail = ''
      if r.key then
        tail = sub(r.body, -r.tail)
      else
        local partition = cjson.decode('['..r.body..']')[3]
        if partition then tail = ','..cjson.encode(partition) end
      end
      if headers ~= '' or tail ~= '' then payload = payload..','..(headers == '' and '{"v":"1"}' or headers) end
      r.body = payload..tail
    end
    if due ~= '' then
      local kind, ms = string.match(due, '^(%a) (%d+)$')
      r.due = kind == 'a' and tonumber(ms) or now + tonumber(ms)
      r.due = max(r.due, r.starts or 0)
      patience(r)
    end
    if prio ~= '' then
      r.prio = tonumber(prio)
      register(prio..r.queue)
    end
    if moves then wait(r) else call('HSET', JOBS, r.id, pack(r)) end
    letThrough()
    answers[#answers + 1] = '0'
  end
end
tidy()
wake()
return list(answers)
`,
);

export async function update(run: Run, changes: readonly Change[]): Promise<readonly ControlAnswer[]> {
  const answers = await run<Operated[]>(UPDATE, changes.flatMap(argumentsOf));
  return answers.map(controlAnswer);
}

function argumentsOf({ id, name, data, priority, due }: Change): string[] {
  const text = data === undefined ? ["", ""] : [JSON.stringify(data.payload), aboutText(data.headers)];
  return [id, name, priority === undefined ? "" : String(priority), due === undefined ? "" : dueText(due), ...text];
}
