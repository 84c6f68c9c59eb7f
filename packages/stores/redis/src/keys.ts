import type { KeyRef } from "@longshore/core/adapter";
import { BEGIN } from "./lua/begin.ts";
import { KEYS } from "./lua/keys.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

/** Unique keys. Answers for each whether a job held it. */
const RELEASE = script(
  BEGIN,
  ROWS,
  WAITING,
  KEYS,
  String.raw`
local answers = {}
for i = 2, #ARGV do
  local r = keys().holder(ARGV[i])
  if r then
    r.held = now
    keys().leave(r, now)
  end
  answers[i - 1] = r and '1' or '0'
end
return list(answers)
`,
);

export async function release(run: Run, refs: readonly KeyRef[]): Promise<readonly ("released" | "free")[]> {
  const answers = await run<(0 | 1)[]>(
    RELEASE,
    refs.map(({ key }) => key),
  );
  return answers.map((answer) => (answer === 1 ? "released" : "free"));
}
