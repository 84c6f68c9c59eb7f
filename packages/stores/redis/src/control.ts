import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import { whole } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { FINISH } from "./lua/finish.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { TIDY } from "./lua/tidy.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

/** The verb, then ids. What is cancelled or removed leaves a void entry in the line. */
const OPERATE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  FINISH,
  TIDY,
  String.raw`
local verb, answers = ARGV[2], {}
for i = 3, #ARGV do
  local r = find(ARGV[i])
  local was = r and state(r)
  local answer = '0'
  if not r then answer = '1'
  elseif verb == 'remove' and was ~= 'active' then
    detach(r)
    if r.key then
      r.held = now
      rare('keys').leave(r, now)
    end
    if r.extra and r.extra.n and r.ended == 0 then rare('family').ended(r, 4, now) end
    purge(r)
  elseif verb == 'cancel' and r.ended == 0 then
    detach(r)
    finish(r, 3)
  elseif verb == 'replay' and (was == 'dead' or was == 'cancelled') and (not r.key or rare('keys').take(r)) then
    rare('family').revive(r)
  elseif verb == 'runNow' and (was == 'delayed' or was == 'failed') then
    detach(r)
    r.due = now
    patience(r)
    wait(r)
  else answer = '"'..was..'"' end
  letThrough()
  answers[#answers + 1] = answer
end
if unfinished then rare('family').goOn() end
tidy()
wake()
return list(answers)
`,
);

/** The queue, and `pause`, `resume`, or for how long to pause. */
const PAUSE = script(
  BEGIN,
  String.raw`
local queue, how, ends = ARGV[2], ARGV[3], P..'until'
if how == 'pause' then
  call('SADD', P..'paused', queue)
  call('HDEL', ends, queue)
elseif how == 'resume' then
  call('SREM', P..'paused', queue)
  call('HDEL', ends, queue)
  wake()
else
  local till, known = now + tonumber(how), call('HGET', ends, queue)
  if call('SADD', P..'paused', queue) == 1 or (known and tonumber(known) < till) then call('HSET', ends, queue, till) end
end
return '0'
`,
);

/** 0: done, 1: gone. */
export type Operated = 0 | 1 | JobState;

export async function operate(run: Run, verb: ControlVerb, refs: readonly JobRef[]): Promise<readonly ControlAnswer[]> {
  const answers = await run<Operated[]>(OPERATE, [verb, ...refs.map(({ id }) => id)]);
  return answers.map(controlAnswer);
}

export function controlAnswer(answer: Operated): ControlAnswer {
  if (answer === 0) return { status: "done" };
  return answer === 1 ? { status: "gone" } : { status: "refused", state: answer };
}

/** A number: for how long (ms). */
export async function pause(run: Run, queue: string, how: "pause" | "resume" | number): Promise<void> {
  await run(PAUSE, [queue, typeof how === "number" ? String(whole(how)) : how]);
}
