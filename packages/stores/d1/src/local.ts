import { patiently, pause } from "./patience.ts";

type Mode = "read" | "write";
type Batch<S, A> = (statements: S[], mode: Mode) => Promise<A>;
type Client<S, A> = { readonly batch: Batch<S, A> };
type Local<S, A> = Client<S, A> & {
  readonly protocol: "file";
  transaction(mode: "read" | "deferred"): Promise<{
    executeMultiple(script: string): Promise<void>;
    batch(statements: S[]): Promise<A>;
    commit(): Promise<void>;
    close(): void;
  }>;
};

/** Batches that wait for the locks of others. */
export function waiting<S, A>(client: Client<S, A>): Batch<S, A> {
  if (isLocal(client)) return inTurn(client);
  return (statements, mode) => patiently(() => client.batch(statements, mode), performance.now());
}

/** Not a server, which lets its clients wait. */
function isLocal<S, A>(client: Client<S, A>): client is Local<S, A> {
  return Object(client).protocol === "file";
}

/** What begins a transaction, and the script that takes a lock: with it, neither a statement nor the commit meets another. */
const LOCKS = {
  read: ["read", "SELECT 1 FROM longshore_meta LIMIT 1"],
  write: ["deferred", "COMMIT; BEGIN EXCLUSIVE"],
} as const;

/**
 * A process leaves the file to others for this part of the time that it holds it, once that is some ms: nobody queues
 * for a lock of SQLite, and who took it again at once would starve them.
 */
const REST = 0.04;
const SOME_MS = 2;

/**
 * A statement that meets a lock spoils its connection until it is collected as garbage, and a script does not
 * (docs/decisions/0105). One batch comes after the other, so that those of a process do not meet each other's locks, and
 * wait for those of others in their order.
 */
function inTurn<S, A>(client: Local<S, A>): Batch<S, A> {
  let last: Promise<unknown> = Promise.resolve();
  let rest = 0;
  let ended = 0;
  const once = async (statements: S[], mode: Mode): Promise<A> => {
    if (rest > SOME_MS) {
      await pause(rest);
      rest = 0;
    }
    const [begin, lock] = LOCKS[mode];
    const transaction = await client.transaction(begin);
    try {
      await transaction.executeMultiple(lock);
      const from = performance.now();
      const answers = await transaction.batch(statements);
      await transaction.commit();
      ended = performance.now();
      rest += (ended - from) * REST;
      return answers;
    } finally {
      transaction.close();
    }
  };
  return (statements, mode) => {
    const made = performance.now();
    // What those before it in this process have waited counts, unless one of them has got through.
    const mine = last.then(() => patiently(() => once(statements, mode), Math.max(made, ended)));
    last = mine.catch(() => {});
    return mine;
  };
}
