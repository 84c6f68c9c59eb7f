import type { Store } from "@longshore/core/adapter";
import type * as fc from "fast-check";

/** The store over a connection that is slow both ways: the scheduler decides when calls and answers arrive. */
export function slowConnection<S extends Store>(store: S, scheduler: fc.Scheduler): S {
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
