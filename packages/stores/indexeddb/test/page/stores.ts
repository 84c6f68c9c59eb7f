import type { Make } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { type IndexedDB, indexedDB } from "../../src/index.ts";
import { createWakeups } from "../../src/wakeups.ts";

let made = 0;

/** A new, empty database for each case. "relaxed", because the disk of a test machine is not what is tested. */
export const make: Make = ({ clock }) => {
  const name = `case-${++made}`;
  const opened: { close(): Promise<void> }[] = [];
  const open = () => {
    const store = indexedDB(name, { clock: clock.now, stats: statistics(), durability: "relaxed", lease: "30s" });
    opened.push(store);
    return store;
  };
  return { adapter: open(), reopen: open, dispose: () => remove(name, opened) };
};

/** Two connections to one database, as two tabs have them; calls go to them in turn. */
export const makeTwo: Make = ({ clock }) => {
  const name = `case-${++made}`;
  const opened: { close(): Promise<void> }[] = [];
  const openOne = () => {
    const store = indexedDB(name, { clock: clock.now, stats: statistics(), durability: "relaxed", lease: "30s" });
    opened.push(store);
    return store;
  };
  const open = () => alternating([openOne(), openOne()]);
  return { adapter: open(), reopen: open, dispose: () => remove(name, opened) };
};

/** Forwards each call to the next store. Of what they tell, the listeners hear both. */
function alternating(stores: readonly [IndexedDB, IndexedDB]): IndexedDB {
  let calls = 0;
  return new Proxy(stores[0], {
    get(first, property) {
      const value: unknown = Reflect.get(first, property);
      if (property === "close") return () => Promise.all(stores.map((one) => one.close()));
      if (typeof value !== "function" || property === "onWake") return value;
      return async (...input: unknown[]): Promise<unknown> => {
        const store: object = stores[calls++ % 2] ?? first;
        try {
          return await Reflect.apply(Reflect.get(store, property) as typeof value, store, input);
        } finally {
          await channelsAreEmpty();
        }
      };
    },
  });
}

/**
 * Resolves when what was sent before has arrived, so that a case hears of it as soon as its call is over: a browser brings
 * messages in order, but on a busy machine Firefox takes more turns for one than a case waits.
 */
function channelsAreEmpty(): Promise<void> {
  const [from, to] = [createWakeups("last"), createWakeups("last")];
  return new Promise((resolve) => {
    to.onWake(() => {
      from.close();
      to.close();
      resolve();
    });
    from.wake();
  });
}

/** The database is deleted once its last connection is closed. */
async function remove(name: string, opened: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const store of opened) await store.close();
  await new Promise<void>((resolve, reject) => {
    const request = globalThis.indexedDB.deleteDatabase(`longshore:${name}`);
    request.addEventListener("success", () => resolve());
    request.addEventListener("error", () => reject(request.error));
  });
}
