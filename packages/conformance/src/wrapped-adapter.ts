/** The adapter with calls of one verb that reach it only after a promise. */
export function delayCalls<A extends object>(adapter: A, verb: keyof A, until: Promise<void>): A {
  return wrapVerb(adapter, verb, async (call) => {
    await until;
    return call();
  });
}

/** The adapter with answers of one verb that wait for a promise. */
export function delayReplies<A extends object>(adapter: A, verb: keyof A, until: Promise<void>): A {
  return wrapVerb(adapter, verb, async (call) => {
    const answer = await call();
    await until;
    return answer;
  });
}

function wrapVerb<A extends object>(adapter: A, verb: keyof A, around: (call: () => unknown) => Promise<unknown>): A {
  return new Proxy(adapter, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key);
      if (key !== verb || typeof value !== "function") return value;
      return async (...input: unknown[]) => around(() => value.apply(target, input));
    },
  });
}

/** The adapter without `onWake`, so that its worker finds jobs only by looking. */
export function withoutNotify<A extends object>(adapter: A): A {
  return new Proxy(adapter, {
    // Its prototype chain ends before the adapter.
    get: (target, key): unknown => (key === "onWake" ? undefined : Reflect.get(target, key)),
  });
}
