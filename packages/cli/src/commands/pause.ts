import type { Context, Work } from "../command.ts";
import { need } from "../target.ts";
import { safe } from "../text.ts";

/** Stops claims from a queue. */
export const pause: Work<object> = async (context, _options, [queue = ""]) => {
  await need(context.target, "pause")(queue);
  await told(context, queue, true, `${queue} is paused: what runs goes on, what waits stays.`);
};

/** Lets a queue go on. */
export const resume: Work<object> = async (context, _options, [queue = ""]) => {
  await need(context.target, "resume")(queue);
  await told(context, queue, false, `${queue} goes on.`);
};

/** A queue may be paused before its first job, so a name without jobs is told, and not refused. */
async function told({ target, output }: Context, queue: string, paused: boolean, what: string): Promise<void> {
  // Whoever may pause may not be allowed to look.
  const page = await target.queue.list?.({ queue, limit: 1 }).catch(() => undefined);
  const empty = page === undefined ? undefined : page.jobs.length === 0;
  if (output.json) return output.value({ queue, paused, empty });
  output.note(safe(what));
  if (empty !== true) return;
  const others = ((await target.queue.counts?.().catch(() => undefined)) ?? []).filter((one) => one.queue !== queue);
  const names = others.slice(0, MOST_NAMES).map((one) => safe(one.queue));
  const more = others.length > names.length ? ", …" : "";
  output.note(
    `There is no job in ${safe(queue)}. Is this the name that you meant? Queues with jobs: ${names.join(", ") || "none"}${more}.`,
  );
}

const MOST_NAMES = 10;
