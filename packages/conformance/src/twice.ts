import type { AnyAdapter, Make } from "./subject.ts";
import type { Verb } from "./watch.ts";

/** What may be repeated with the same ids and tokens. A claim takes more, a prune goes on, a message is one more. */
const REPEATABLE: ReadonlySet<Verb> = new Set([
  "settle",
  "renew",
  "dueInMs",
  "get",
  "list",
  "counts",
  "cancel",
  "replay",
  "runNow",
  "remove",
  "pause",
  "resume",
  "declare",
  "advance",
  "stats",
  "announce",
  "workers",
] as const);

/**
 * The same subject behind a line that sends every call twice: whatever may be repeated is, and the caller hears the
 * first answer. The suite passes through it, because repeating a call whose reply was lost has no effect.
 */
export function twice(make: Make): Make {
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
      const repeatable = key === "enqueue" ? target.traits.unique : REPEATABLE.has(key as Verb); // any other is not in the set
      if (!repeatable) return value.bind(target);
      return async (...input: unknown[]) => {
        const answer: unknown = await value.apply(target, input);
        await value.apply(target, input);
        return answer;
      };
    },
  });
}
