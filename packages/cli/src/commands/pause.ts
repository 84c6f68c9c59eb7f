import type { Work } from "../command.ts";
import { need } from "../target.ts";

/** Stops claims from a queue. */
export const pause: Work<object> = async ({ target, output }, _options, [queue = ""]) => {
  await need(target, "pause")(queue);
  if (output.json) output.value({ queue, paused: true });
  else output.note(`${queue} is paused: what runs goes on, what waits stays.`);
};

/** Lets a queue go on. */
export const resume: Work<object> = async ({ target, output }, _options, [queue = ""]) => {
  await need(target, "resume")(queue);
  if (output.json) output.value({ queue, paused: false });
  else output.note(`${queue} goes on.`);
};
