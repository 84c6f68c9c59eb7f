/** The result of a request, as a promise. Awaiting it keeps the transaction open; awaiting anything else ends it. */
export function answerTo<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // A cursor succeeds again for each row.
    request.addEventListener("success", () => resolve(request.result), { once: true });
    request.addEventListener("error", () => reject(request.error));
  });
}

/** Does the work in a transaction. Resolves when it is committed; if the work fails, nothing of it is. */
export async function commit<T>(tx: IDBTransaction, work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
  const ended = new Promise<void>((resolve, reject) => {
    tx.addEventListener("complete", () => resolve());
    // A full disk shows here alone: no request has failed.
    tx.addEventListener("abort", () => {
      reject(tx.error ?? new DOMException("The transaction was aborted.", "AbortError"));
    });
  });
  ended.catch(() => {}); // heard below, maybe later
  try {
    const answer = await work(tx);
    tx.commit();
    await ended;
    return answer;
  } catch (error) {
    abort(tx);
    await ended.catch(() => {});
    throw tx.error ?? error;
  }
}

/** Without this, what was written before an error would be committed. */
export function abort(tx: IDBTransaction): void {
  try {
    tx.abort();
  } catch {
    // It has ended by itself.
  }
}
