import type { Notify } from "@longshore/core/adapter";

/** A process as its handler sees it: it ends after an effect, and does nothing any more. */
export type Life = {
  readonly over: boolean;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  end(): void;
};

export function newLife(): Life {
  let over = false;
  let tell = (): void => {};
  const ended = new Promise<void>((resolve) => (tell = resolve));
  return {
    get over() {
      return over;
    },
    ended,
    end() {
      over = true;
      tell();
    },
  };
}

const never = (): Promise<never> => new Promise(() => {});

/**
 * The world as a mortal process reaches it: each call of a function in it may be the last. A call after which `isLast` does
 * not return, and neither does any later one: what awaits it goes on no more. One that returns no promise throws.
 */
export function mortalView<W extends object>(world: W, life: Life, isLast: () => boolean): W {
  const isOver = (): boolean => {
    if (isLast()) life.end();
    return life.over;
  };
  const survived = async (answer: Promise<unknown>): Promise<unknown> => {
    try {
      return await answer;
    } finally {
      if (isOver()) await never();
    }
  };
  const call = (run: () => unknown): unknown => {
    if (life.over) return never();
    const answer = run();
    if (isPromise(answer)) return survived(answer);
    if (isOver()) throw new Error("the process has ended");
    return answer;
  };
  // Not over the world itself: a frozen object's parts could not be replaced.
  return new Proxy(Object.create(Object.getPrototypeOf(world) as object | null) as W, {
    has: (_, key) => Reflect.has(world, key),
    get(_, key): unknown {
      const part: unknown = Reflect.get(world, key);
      if (typeof part === "function") return (...input: readonly unknown[]) => call(() => part.apply(world, input));
      return typeof part === "object" && part !== null ? mortalView(part, life, isLast) : part;
    },
  });
}

/** A store as a mortal process calls it: after its end no call gets there, and none is answered. */
export function mortalStore<S extends object & Partial<Notify>>(store: S, life: Life): S {
  const methods = Object.entries(store).map(([key, part]: [string, unknown]) => {
    if (typeof part !== "function") return [key, part];
    return [key, (...input: readonly unknown[]): unknown => (life.over ? never() : part.apply(store, input))];
  });
  const onWake: Notify["onWake"] | undefined =
    store.onWake && ((listener) => store.onWake?.(() => void (life.over || listener())) ?? (() => {}));
  return { ...(Object.fromEntries(methods) as S), onWake }; // the same methods
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === "function";
}
