import type { StoreState } from "@longshore/sqlite-engine";

/** Does `work` in a commit that it may share with others: at once, or in `withinMs` at the latest. */
type Share = <T>(work: () => T, withinMs?: number) => T | Promise<T>;

type Waiting = {
  readonly mayWait: boolean;
  readonly work: () => unknown;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Each commit writes the ledger, whatever it is about: so calls that come together share one, and so does what may wait.
 * Who comes alone does not wait, nor does a caller that sends one call after the other. The platform holds back each
 * answer until its commit is durable, which `durable` waits for. If one call throws, nothing of the commit has happened, and
 * each is done by itself (docs/decisions/0085).
 */
export function createCommits({ atomic }: Pick<StoreState, "atomic">, durable: () => Promise<unknown>): Share {
  let waiting: Waiting[] = [];
  let dueAt = Infinity;
  /** When calls that may not wait were last done, and how long others gather after them. */
  let committedAt = -Infinity;
  let gatherMs = 0;
  let commits = 0;
  const committed = (calls: number): void => {
    if (calls === 0) return;
    committedAt = Date.now();
    const number = ++commits;
    gatherMs = calls > 1 ? 2 : 1;
    if (calls > 1) return;
    // Whoever calls before has not waited for the answer, so it is another one.
    durable().then(
      () => {
        if (number === commits) gatherMs = 0;
      },
      () => {}, // then this object ends
    );
  };

  const commit = (): void => {
    const all = waiting;
    waiting = [];
    dueAt = Infinity;
    let answers: unknown[] | undefined;
    try {
      answers = atomic.group(() => all.map(({ work }) => work()));
    } catch {}
    for (const [i, { work, resolve, reject }] of all.entries()) {
      try {
        resolve((answers ? answers[i] : work()) as never); // its own answer
      } catch (error) {
        reject(error);
      }
    }
    committed(all.filter(({ mayWait }) => !mayWait).length);
  };

  return (work, withinMs = 0) => {
    const now = Date.now();
    const mayWait = withinMs > 0;
    const since = now - committedAt;
    // The clock may have been set back.
    const waitMs = mayWait ? withinMs : since >= 0 && since < gatherMs ? gatherMs - since : 0;
    if (waitMs === 0 && waiting.length === 0) {
      try {
        return work();
      } finally {
        committed(1);
      }
    }
    return new Promise((resolve, reject) => {
      waiting.push({ mayWait, work, resolve, reject });
      if (waitMs === 0) return commit();
      if (now + waitMs >= dueAt) return;
      const at = (dueAt = now + waitMs);
      setTimeout(() => {
        if (at === dueAt) commit();
      }, waitMs);
    });
  };
}
