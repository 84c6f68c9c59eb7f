import type { WakeRequest } from "@longshore/core/adapter";
import type { Books } from "./books.ts";

/** The instants at which something of these queues becomes due; those past are work that waits. */
export function* dueTimes({ waiting, leases, paused }: Books, isWanted: (queue: string) => boolean): Generator<number> {
  const open = (queue: string): boolean => isWanted(queue) && !paused.has(queue);
  for (const [queue, heads] of waiting.heads) if (open(queue)) for (const { due } of heads) yield due;
  for (const { queue, until } of leases.held.values()) if (open(queue)) yield until;
}

export function dueInMs(books: Books, { queues, schedules }: WakeRequest, now: number): number | undefined {
  let first = Infinity;
  for (const at of dueTimes(books, (queue) => queues.includes(queue))) first = Math.min(first, at);
  for (const name of schedules) first = Math.min(first, books.schedules.get(name)?.nextAt ?? Infinity);
  return first === Infinity ? undefined : Math.max(0, first - now);
}
