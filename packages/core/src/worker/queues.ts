import { type Logger, warnOnce } from "../runtime/logger.ts";
import { refuse } from "../values/errors.ts";
import { checkInteger, checkName } from "../values/limits.ts";
import { suggest } from "../values/options.ts";
import type { Handler } from "./handler.ts";

/** From which queues: those of its option, or of its handlers. */
type Claimed = {
  readonly handlers: readonly Handler[];
  readonly queues?: Readonly<Record<string, number>> | undefined;
};

const DEFAULT_SLOTS = 10;

/** The slots of each queue that a worker claims from. */
export function slotsByQueue({ handlers, queues }: Claimed): Map<string, number> {
  const slots = new Map(Object.entries(queues ?? {}));
  for (const [name, count] of slots) {
    checkName(name, "queue name");
    checkInteger(count, 1, 1_000, `slots of ${name}`);
  }
  for (const { definition, size = 1 } of handlers) {
    const { name, queue } = definition;
    const count = slots.get(queue);
    if (queues === undefined) slots.set(queue, Math.max(DEFAULT_SLOTS, size, count ?? 0));
    else if (count !== undefined && count < size)
      refuse("invalid_option", `slots of ${queue}`, `at least ${size}, the size of ${name}'s handler`, count);
  }
  return slots;
}

/**
 * Warns of a queue that is claimed from and has no handler, and of handlers where none is claimed from. Handlers of other
 * queues are fine: lists may be shared.
 */
export function warnOfQueues({ handlers, queues }: Claimed, log: Logger): void {
  const handled = [...new Set(handlers.map(({ definition }) => definition.queue))];
  const claimed = Object.keys(queues ?? {});
  if (queues && claimed.length === 0 && handled.length > 0)
    warnOnce(log, "queues", "this worker has handlers and claims from no queue; name some, or leave queues out", {});
  for (const queue of claimed) {
    if (handled.includes(queue)) continue;
    const advice = handled.length === 0 ? "give it some" : suggest(queue, handled);
    warnOnce(log, `queue ${queue}`, `this worker claims from the queue ${queue} and has no handler of it; ${advice}`, {
      queue,
    });
  }
}
