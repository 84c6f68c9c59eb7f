import type { Store } from "@longshore/core/adapter";
import type * as fc from "fast-check";

/** The store at the other end of a line that is slow both ways: who comes when, and who hears when, is the scheduler's. */
export function slowLine<S extends Store>(store: S, scheduler: fc.Scheduler): S {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || name === "onWake") return value;
      return async (...input: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), `${String(name)} is on its way`);
        const answer: unknown = await value.apply(target, input);
        await scheduler.schedule(Promise.resolve(), `${String(name)} is answered`);
        return answer;
      };
    },
  });
}
