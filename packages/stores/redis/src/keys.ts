import type { KeyRef } from "@longshore/core/adapter";
import { BEGIN } from "./lua/begin.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

/** Unique keys. Answers for each whether a job held it. */
const RELEASE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  String.raw`
local answers = {}
for i = 2, #ARGV do
  local r = rare('keys').holder(ARGV[i])
  if r then
    r.held = now
    rare('keys').leave(r, now)
    letThrough()
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
