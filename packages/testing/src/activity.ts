import { turn } from "./event-loop.ts";

/** What is under way in real time: calls of the store, handlers, validations. While something is, the clock stands still. */
export type Activity = {
  /** Counts a piece of work of this owner until it has ended. */
  during<T>(owner: object, work: () => T): T;
  /** Makes timers. While one waits that a piece of work set as it began, its owner's work waits for the clock. */
  timer(ms: number, callback: () => void): () => void;
  /** The work that has not ended. */
  underWay(): ReadonlySet<object>;
  /** Resolves when nothing is under way, but for the work in `except`. */
  over(except: ReadonlySet<object>): Promise<void>;
};

type Work = { readonly owner: object };

/** In real time. A test that waits so long wants to know what for, before its runner gives it up (vitest: after 5 s). */
const LONG_MS = 3_000;

/** `waitsLong` gets the owners of the work for which the clock has stood still for three seconds. */
export function createActivity(
  timer: Activity["timer"],
  waitsLong: (owners: readonly object[]) => void = () => {},
): Activity {
  const underWay = new Set<Work>();
  /** The timers that an owner's work waits for: a handler of many jobs gathers them for a while. */
  const timersOf = new Map<object, number>();
  let beginning: Work | undefined;
  let waiting: (() => void)[] = [];

  const changed = (): void => {
    const told = waiting;
    waiting = [];
    for (const wake of told) wake();
  };
  const count = (owner: object, by: number): void => {
    timersOf.set(owner, (timersOf.get(owner) ?? 0) + by);
    changed();
  };
  const busy = (except: ReadonlySet<object>): readonly Work[] =>
    [...underWay].filter((work) => !except.has(work) && !timersOf.get(work.owner));

  return {
    during(owner, work) {
      const one: Work = { owner };
      const end = (): void => {
        underWay.delete(one);
        changed();
      };
      underWay.add(one);
      const outer = beginning;
      beginning = one;
      let answer: ReturnType<typeof work>;
      try {
        answer = work();
      } catch (error) {
        end();
        throw error;
      } finally {
        beginning = outer;
      }
      if (isPromise(answer)) answer.then(end, end);
      else end();
      return answer;
    },
    timer(ms, callback) {
      const owner = beginning?.owner;
      if (owner === undefined) return timer(ms, callback);
      let waits = true;
      const end = (): void => {
        if (waits) count(owner, -1);
        waits = false;
      };
      count(owner, 1);
      const cancel = timer(ms, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    },
    underWay: () => new Set(underWay),
    async over(except) {
      for (;;) {
        // By then every promise has continued that could.
        await turn();
        const work = busy(except);
        if (work.length === 0) return;
        const told = setTimeout(() => waitsLong(work.map(({ owner }) => owner)), LONG_MS);
        await new Promise<void>((resolve) => waiting.push(resolve));
        clearTimeout(told);
      }
    },
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === "function";
}
