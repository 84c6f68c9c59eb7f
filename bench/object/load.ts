/** One measurement: how many callers enqueue at a time, how many jobs in a call, over how many objects, and whether they are kept. */
export type Load = {
  readonly callers: number;
  readonly size: number;
  readonly shards: number;
  readonly jobs: number;
  readonly kept?: true;
};

/** Jobs from enqueue to the end of their handlers, and the time in ms until an enqueue was acknowledged. */
export type Measured = { readonly perSecond: number; readonly p50: number; readonly p99: number };

/** Another measurement: an object that so many jobs are in, waiting or kept, is loaded again. */
export type Reload = { readonly reload: "waiting" | "kept"; readonly jobs: number };
/** The ms of the first call to an object that was not in memory. */
export type Reloaded = { readonly ms: number };
