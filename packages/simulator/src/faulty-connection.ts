import { type Line, Unreachable, send } from "@longshore/testing/tools";
import type { Answer, CountingStore, Operation, StoreVerb } from "@longshore/conformance/tools";
import type { Notify, Stats, Store, Traits, Update } from "@longshore/core/adapter";
import { randomFor } from "./random.ts";
import { type Commit, describe } from "./commit.ts";
import { CALL_FAULTS, type FaultKind, type Faults } from "./faults.ts";
import type { Journal } from "./journal.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** The stores that can be simulated: those that can do everything and keep ids unique. */
export type FullStore = Store<Traits & { readonly unique: true; readonly ordered: true; readonly fenced: true }> &
  Partial<Notify & Update>;

/**
 * The same store as a process sees it. Its statistics and ages are used only if the store is known to have them; `update`
 * may be missing.
 */
export type Client = FullStore & Stats & Update & { readonly traits: { readonly ageing: true } };

/** The one store of a history, and its observers. */
export type Backend = {
  readonly store: FullStore;
  readonly world: World;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly seed: number;
  /** The store's clock. */
  now(): number;
  /** The store carried out a call. Nothing else happens before this resolves. */
  committed(commit: Commit): Promise<void>;
  /** The caller receives the answer. */
  replied(commit: Commit): void;
  /** The store threw without a fault. */
  broke(operation: Operation, error: unknown): void;
};

const VERBS: readonly StoreVerb[] = [
  "enqueue",
  "claim",
  "renew",
  "settle",
  "get",
  "list",
  "counts",
  "cancel",
  "replay",
  "runNow",
  "remove",
  "update",
  "pause",
  "resume",
  "prune",
  "dueInMs",
  "declare",
  "advance",
  "stats",
];
const LATENCY_MS = 8;

/** The store as one process sees it: over a connection that takes time and loses messages, and that ends with the process. */
export function connect(backend: Backend, process: Process): Client {
  const { store, world, faults, journal, seed } = backend;
  const slowMs = 2 * store.traits.leaseMs;

  const carryOut = async (operation: Operation, fault?: FaultKind): Promise<Commit | undefined> => {
    const now = backend.now();
    try {
      const method = (store as CountingStore)[operation.verb] as (...input: readonly unknown[]) => Promise<Answer>; // its own verbs and input
      const answer = await method.apply(store, [...operation.input]);
      journal.record(process.id, ...describe(operation, answer), fault);
      const commit = { process, operation, answer, now };
      await backend.committed(commit);
      return commit;
    } catch (error) {
      backend.broke(operation, error);
      return undefined;
    }
  };

  const call = (operation: Operation): Promise<Answer> =>
    new Promise((resolve, reject) => {
      // A dead process neither calls nor receives.
      if (!process.alive) return;
      const place = `${process.id}#${++process.calls}`;
      process.wait("call");
      if (!process.alive) return;
      const fault = faults.inject(place, CALL_FAULTS);
      if (fault === "crashBefore" || fault === "unsent" || fault === "refused") {
        journal.record(process.id, ...describe(operation, undefined), fault);
      }
      if (fault === "crashBefore") return process.crash();
      const line: Line<Commit> = {
        at: (ms, callback) => void world.at(ms, callback),
        random: randomFor(seed, `latency ${place}`),
        usualMs: LATENCY_MS,
        slowMs,
        async arrive() {
          const commit = await world.during(carryOut(operation, fault));
          process.wait("reply");
          if (fault !== "crashAfter") return commit;
          process.crash();
          return undefined;
        },
        arriveAgain: () => void world.during(carryOut(operation, "doubled")),
        fail() {
          if (process.alive) reject(new Unreachable(`${operation.verb}: ${fault}`));
        },
        answer(commit) {
          if (!process.alive) return;
          // A slow answer may come too late to count.
          if (fault !== "slow") backend.replied(commit);
          resolve(commit.answer);
        },
      };
      send(line, fault === "crashAfter" ? undefined : fault);
    });

  const able = VERBS.filter((verb) => verb !== "update" || store.update !== undefined);
  const verbs = able.map((verb) => [verb, (...input: unknown[]) => call({ verb, input } as unknown as Operation)]); // its own input
  const client: Client = Object.assign({ name: store.name, traits: store.traits }, Object.fromEntries(verbs));
  return store.onWake === undefined ? client : { ...client, onWake: wakes(backend, process, store.onWake) };
}

/** The store's wake-ups: late, and sometimes lost. */
function wakes({ world, faults }: Backend, process: Process, onWake: Notify["onWake"]): Notify["onWake"] {
  let calls = 0;
  return (listener) => {
    let underWay = false;
    const forget = onWake(() => {
      if (!process.alive || underWay) return;
      if (faults.inject(`${process.id}!${++calls}`, ["lostWake"]) !== undefined) return;
      underWay = true;
      world.at(LATENCY_MS * process.random(), () => {
        underWay = false;
        if (process.alive) listener();
      });
    });
    process.listeners += 1;
    return () => {
      process.listeners -= 1;
      forget();
    };
  };
}
