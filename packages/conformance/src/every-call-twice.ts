import type { AnyAdapter, Make } from "./subject.ts";
import type { Verb } from "./observed-adapter.ts";

/**
 * The verbs whose calls may be repeated. Another claim takes more, a prune continues, a release frees whoever came next, a
 * broker sends once more.
 */
const REPEATABLE: ReadonlySet<Verb> = new Set([
  "settle",
  "renew",
  "dueInMs",
  "get",
  "list",
  "counts",
  "depth",
  "cancel",
  "replay",
  "runNow",
  "remove",
  "update",
  "pause",
  "pauseFor",
  "resume",
  "declare",
  "advance",
  "listSchedules",
  "stats",
  "announce",
  "workers",
] as const);

/**
 * Sends every repeatable call twice, and returns the first answer. The suite must still pass, because repeating a call
 * whose reply was lost has no effect.
 */
export function everyCallTwice(make: Make): Make {
  return async (world) => {
    const { reopen, ...subject } = await make(world);
    const doubled = { ...subject, adapter: doubling(subject.adapter) };
    return reopen === undefined ? doubled : { ...doubled, reopen: async () => doubling(await reopen()) };
  };
}

function doubling(adapter: AnyAdapter): AnyAdapter {
  return new Proxy(adapter, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      const repeatable = key === "enqueue" ? target.traits.unique : REPEATABLE.has(key as Verb); // any other key is not in the set
      if (!repeatable) return value.bind(target);
      return async (...input: unknown[]) => {
        const answer: unknown = await value.apply(target, input);
        await value.apply(target, input);
        return answer;
      };
    },
  });
}
