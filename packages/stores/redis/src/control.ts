import type { ControlAnswer, JobRef, JobState } from "@longshore/core/adapter";
import { BEGIN } from "./lua/begin.ts";
import { KEYS } from "./lua/keys.ts";
import { ROWS } from "./lua/rows.ts";
import { TIDY } from "./lua/tidy.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";
import { FINISH } from "./settle.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

/** The verb, then ids. What is cancelled or removed leaves a void entry in the line. */
const OPERATE = script(
  BEGIN,
  ROWS,
  WAITING,
  KEYS,
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
      keys().leave(r, now)
    end
    purge(r.id)
  elseif verb == 'cancel' and r.ended == 0 then
    detach(r)
    finish(r, 3)
  elseif verb == 'replay' and (was == 'dead' or was == 'cancelled') and (not r.key or keys().take(r)) then
    detach(r)
    call('HDEL', WHY, r.id)
    r.attempt, r.born, r.ended, r.given, r.due = 0, now, 0, 0, now
    wait(r)
  elseif verb == 'runNow' and (was == 'delayed' or was == 'failed') then
    detach(r)
    r.due = now
    wait(r)
  else answer = '"'..was..'"' end
  answers[#answers + 1] = answer
end
tidy()
wake()
return list(answers)
`,
);

/** The queue, and whether it is to pause. */
const PAUSE = script(
  BEGIN,
  String.raw`
if ARGV[3] == '1' then
  call('SADD', P..'paused', ARGV[2])
else
  call('SREM', P..'paused', ARGV[2])
  wake()
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

export async function pause(run: Run, queue: string, paused: boolean): Promise<void> {
  await run(PAUSE, [queue, paused ? "1" : "0"]);
}
