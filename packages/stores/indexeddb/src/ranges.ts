import { answerTo } from "./transaction.ts";

/**
 * The ids of rows as ranges that have no others, or as they are where they stand alone: to the browser, a request costs more
 * than each row that it reads or deletes. Ids that the core makes follow each other, so those of a call are mostly one range.
 */
export async function rangesOf(
  jobs: IDBObjectStore,
  ids: readonly string[],
): Promise<readonly (IDBKeyRange | string)[]> {
  const wanted = new Set(ids);
  const [first, ...others] = [...wanted].sort();
  const last = others.at(-1);
  if (last === undefined) return ids;
  // One more than would be worth it.
  const most = 2 * wanted.size;
  const standing = await answerTo(jobs.getAllKeys(IDBKeyRange.bound(first, last), most));
  if (standing.length === most) return ids;
  const runs: string[][] = [[]];
  for (const id of standing as string[]) {
    if (wanted.has(id)) runs.at(-1)?.push(id);
    else runs.push([]);
  }
  return runs.flatMap((run): readonly (IDBKeyRange | string)[] =>
    run.length > 1 ? [IDBKeyRange.bound(run[0], run.at(-1))] : run,
  );
}
