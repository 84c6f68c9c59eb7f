import type { AnyAdapter, Make } from "@longshore/conformance";
import {
  type Disk,
  type ReferenceStore,
  STORE_TRAITS,
  type State,
  apply,
  emptyState,
  makeReference,
  referenceStore,
  turn,
} from "@longshore/conformance/tools";
import type { Store, Traits } from "@longshore/core/adapter";
import { type Saboteur, mapRows } from "./saboteur.ts";

/** A reference store whose adapter is changed as a whole. */
function built(name: string, change: (store: ReferenceStore, disk: Disk) => AnyAdapter): Saboteur {
  const make: Make = ({ clock }) => {
    const disk: Disk = { state: emptyState() };
    const open = (): AnyAdapter => change(referenceStore(clock, disk), disk);
    return { adapter: open(), reopen: open };
  };
  return { name, make };
}

/** A reference store that finds another state when it is opened again. */
function reopened(name: string, change: (state: State) => State): Saboteur {
  const make: Make = ({ clock }) => {
    const disk: Disk = { state: emptyState() };
    const open = (): ReferenceStore => referenceStore(clock, disk);
    return {
      adapter: open(),
      reopen() {
        disk.state = change(disk.state);
        return open();
      },
    };
  };
  return { name, make };
}

/** A store whose traits say what is not so. */
function claiming(name: string, traits: Readonly<Record<string, unknown>>): Saboteur {
  return built(name, (store) => ({ ...store, traits: { ...store.traits, ...traits } as Traits })); // wrong on purpose
}

function without(name: string, method: keyof Store | "onWake"): Saboteur {
  return built(name, ({ [method]: _method, ...store }) => store as unknown as AnyAdapter); // incomplete on purpose
}

/** Reads, thinks, and then writes what it read, so that two at once overwrite each other. */
function torn(name: string, verb: "enqueue" | "claim" | "settle" | "advance"): Saboteur {
  return built(name, (store, disk) => {
    const correct: (...input: never[]) => Promise<unknown> = store[verb];
    const slow = async (...input: never[]): Promise<unknown> => {
      const before = disk.state;
      await Promise.resolve();
      const meanwhile = disk.state;
      disk.state = before;
      const answer = await correct(...input);
      const rows = new Map([...meanwhile.rows, ...disk.state.rows]);
      disk.state = { ...disk.state, rows };
      return answer;
    };
    return { ...store, [verb]: slow };
  });
}

export const storeSaboteurs: readonly Saboteur[] = [
  torn("looks for a duplicate first and inserts later", "enqueue"),
  torn("selects jobs first and leases them later", "claim"),
  torn("compares a token first and settles later", "settle"),
  torn("compares a cursor first and moves it later", "advance"),

  reopened("is as durable as memory", ({ rules }) => emptyState(rules)),
  reopened("forgets its leases when it restarts", (state) =>
    mapRows(state, (row) => (row.leased ? { ...row, leased: false, dueAt: row.enqueuedAt } : row)),
  ),
  reopened("starts its tokens anew when it restarts", (state) => ({ ...state, token: 0 })),
  reopened("forgets who settled what when it restarts", (state) =>
    mapRows(state, (row) => ({ ...row, settled: false })),
  ),
  reopened("forgets what is paused when it restarts", (state) => ({ ...state, paused: new Map() })),
  reopened("forgets its schedules when it restarts", (state) => ({ ...state, schedules: new Map() })),
  reopened("forgets when its schedules fire next when it restarts", (state) => ({
    ...state,
    schedules: new Map([...state.schedules].map(([name, { cursor }]) => [name, { cursor, nextAt: undefined }])),
  })),
  reopened("forgets failures when it restarts", (state) => mapRows(state, (row) => ({ ...row, failures: [] }))),
  reopened("forgets what is delayed when it restarts", (state) =>
    mapRows(state, (row) => (row.attempt === 0 && row.dueAt > row.enqueuedAt ? undefined : row)),
  ),
  reopened("makes everything due when it restarts", (state) =>
    mapRows(state, (row) => (row.leased || row.ended !== undefined ? row : { ...row, dueAt: row.enqueuedAt })),
  ),

  built("never calls its listeners", (store) => ({ ...store, onWake: () => () => {} })),
  built("calls its listeners for enqueues only", (store) => {
    const listeners = new Set<() => void>();
    return {
      ...store,
      async enqueue(jobs) {
        const answers = await store.enqueue(jobs);
        for (const listener of listeners) listener();
        return answers;
      },
      onWake(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }),
  built("stops at a listener that throws", (store) => {
    const listeners = new Set<() => void>();
    store.onWake(() => listeners.forEach((listener) => listener()));
    return {
      ...store,
      onWake(listener) {
        const heard = (): void => listener();
        listeners.add(heard);
        return () => void listeners.delete(heard);
      },
    };
  }),
  built("calls listeners that were taken off", (store) => ({
    ...store,
    onWake(listener) {
      store.onWake(listener);
      return () => {};
    },
  })),
  built("keeps a listener once, however often it is registered", (store) => {
    const stops = new Map<() => void, () => void>();
    return {
      ...store,
      onWake(listener) {
        if (!stops.has(listener)) stops.set(listener, store.onWake(listener));
        return () => stops.get(listener)?.();
      },
    };
  }),
  built("takes all listeners off with one", (store) => {
    const stops: (() => void)[] = [];
    return {
      ...store,
      onWake(listener) {
        stops.push(store.onWake(listener));
        return () => stops.forEach((stop) => stop());
      },
    };
  }),
  built("cannot be closed twice", (store) => {
    let closed = false;
    return {
      ...store,
      async close() {
        if (closed) throw new Error("closed already");
        closed = true;
      },
    };
  }),
  built("fails in the words of its database once it is closed", (store) => {
    let closed = false;
    return {
      ...store,
      async enqueue(jobs) {
        if (closed) throw new Error("database is not open");
        return store.enqueue(jobs);
      },
      async close() {
        closed = true;
      },
    };
  }),
  built("takes jobs after it was closed", (store) => ({ ...store, async close() {} })),
  built("throws at an empty list of settlements", (store) => ({
    ...store,
    async settle(settlements) {
      if (settlements.length === 0) throw new Error("nothing to update");
      return store.settle(settlements);
    },
  })),
  built("answers a settlement before it is done", (store, disk) => ({
    ...store,
    async settle(settlements) {
      const before = disk.state;
      const answers = await store.settle(settlements);
      const done = disk.state;
      disk.state = before;
      void turn().then(() => (disk.state = done));
      return answers;
    },
  })),
  built("answers an enqueue before it is done, and then fails", (store) => {
    let calls = 0;
    return {
      ...store,
      async enqueue(jobs) {
        if (++calls % 2 === 0) return jobs.map(() => ({ status: "created" }));
        return store.enqueue(jobs);
      },
    };
  }),
  built("gives fewer answers than it was given settlements", (store) => ({
    ...store,
    settle: async (settlements) => (await store.settle(settlements)).slice(0, 1),
  })),

  without("can show one job and no list", "list"),
  without("can pause a queue and not resume it", "resume"),
  without("can declare a schedule and not advance it", "advance"),
  claiming("calls itself unfenced and renews leases", { fenced: false }),
  claiming("calls itself not unique and shows jobs", { unique: false }),
  claiming("does not say whether it is durable", { durable: undefined }),
  claiming("invents a trait", { exactlyOnce: true }),
  claiming("says how long a lease is in words", { leaseMs: "30s" }),
  claiming("has leases of half a millisecond", { leaseMs: 0.5 }),
  claiming("has a step of nothing", { delayStepMs: 0 }),
  claiming("takes no payload", { maxPayloadBytes: 0 }),
  claiming("does not know how long runs may take", { maxRunMs: Number.NaN }),
  built("allows longer runs each time it is asked", (store) => {
    let maxRunMs = 900_000;
    return {
      ...store,
      get traits() {
        return { ...store.traits, maxRunMs: maxRunMs++ };
      },
    };
  }),
  built("allows smaller payloads each time it is asked", (store) => {
    let maxPayloadBytes = 1_000_000;
    return {
      ...store,
      get traits() {
        maxPayloadBytes -= 1_000;
        return { ...store.traits, maxPayloadBytes };
      },
    };
  }),
  built("lets nobody sleep for longer than a second", (store) => ({
    ...store,
    async dueInMs(wanted) {
      const ms = await store.dueInMs(wanted);
      return ms === undefined ? undefined : Math.min(ms, 1_000);
    },
  })),
  built("has no name", (store) => ({ ...store, name: "" })),
  {
    name: "says that it rounds delays up to ten seconds, and rounds to the nearest",
    make: makeReference(
      (state, operation, now) =>
        apply({ ...state, rules: { ...state.rules, stepMs: 10_000 } }, nearest(operation), now),
      { ...STORE_TRAITS, delayStepMs: 10_000 },
    ),
  },
];

function nearest(operation: Parameters<typeof apply>[1]): Parameters<typeof apply>[1] {
  if (operation.verb !== "enqueue") return operation;
  const [jobs] = operation.input;
  const rounded = jobs.map((job) =>
    "inMs" in job.due ? { ...job, due: { inMs: Math.round(job.due.inMs / 10_000) * 10_000 } } : job,
  );
  return { verb: "enqueue", input: [rounded] };
}
