import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { type Handler, createWorker } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import type { Renew, Settle } from "../src/object/runner.ts";
import { type Call, type Jobs, type Reply, createJobs, durableObjects, jobsRunner } from "../src/index.ts";

/** Short, so that whoever has to wait for its end does not wait for long. */
export const LEASE_MS = 400;

/** One object, and where it dies: before or after so many writes to its storage, those of its alarm included. */
export type Fragile = {
  readonly handlers: readonly Handler[];
  readonly ended: (id: string) => void;
  readonly breakAt: number;
  readonly side: "before" | "after";
  writes: number;
  /** How many of them wrote a chunk of ended jobs. */
  chunks: number;
};
/** By the names of the objects. Their jobs' ids begin with the name and a slash. */
export const fragiles = new Map<string, Fragile>();

/** A context whose object is reset at one of its writes. */
function breaking(ctx: DurableObjectState, fragile: Fragile) {
  const { storage } = ctx;
  const write = <T>(work: () => T): T => {
    const dies = ++fragile.writes === fragile.breakAt;
    const die = (): void => {
      ctx.abort("it breaks here, as the test wants it");
    };
    if (dies && fragile.side === "before") die();
    const done = work();
    if (dies && fragile.side === "after") die();
    return done;
  };
  const exec: SqlStorage["exec"] = (query, ...values) => {
    if (query.startsWith("INSERT INTO longshore_kept")) fragile.chunks++;
    return /^\s*SELECT/i.test(query)
      ? storage.sql.exec(query, ...values)
      : write(() => storage.sql.exec(query, ...values));
  };
  return {
    storage: {
      sql: {
        databaseSize: storage.sql.databaseSize,
        Cursor: storage.sql.Cursor,
        Statement: storage.sql.Statement,
        exec,
      },
      transactionSync: <T>(work: () => T) => storage.transactionSync(work),
      sync: () => storage.sync(),
      getAlarm: () => storage.getAlarm(),
      setAlarm: (at: number | Date) => write(() => storage.setAlarm(at)),
    },
    waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
    blockConcurrencyWhile: <T>(work: () => Promise<T>) => ctx.blockConcurrencyWhile(work),
  };
}

/** An object that breaks at one write. */
export class FragileObject extends DurableObject<Cloudflare.Env> {
  readonly #jobs: Jobs;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const fragile = fragiles.get(ctx.id.name ?? "");
    if (fragile === undefined) throw new Error(`nobody made the object ${ctx.id.name}`);
    const { FragileRunner: runner } = ctx.exports as unknown as { FragileRunner: FragileRunner }; // the worker's
    this.#jobs = createJobs(breaking(ctx, fragile), { runner, lease: LEASE_MS });
  }
  jobs(call: Call): Promise<Reply> {
    return this.#jobs.jobs(call);
  }
  override alarm(): void {
    this.#jobs.alarm();
  }
  /** As a deploy or a fault of the platform would. */
  reset(): void {
    this.ctx.abort("reset, as the test wants it");
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Runs the jobs of each object with its own handlers. */
export class FragileRunner extends WorkerEntrypoint<Cloudflare.Env> {
  async run(jobs: ClaimedJob[], settle: Settle, renew: Renew): Promise<void> {
    const name = jobs[0]?.id.split("/")[0] ?? "";
    const { handlers = [], ended } = fragiles.get(name) ?? {};
    const Runner = jobsRunner((env: Cloudflare.Env) =>
      createWorker(durableObjects(env.FRAGILE, { name, lease: LEASE_MS }), {
        handlers: [...handlers],
        log: quiet,
        onEvent(event) {
          if (event.type === "completed" || event.type === "dead") ended?.(event.job.id);
        },
      }),
    );
    await new Runner(this.ctx, this.env).run(jobs, settle, renew);
  }
  async tick(): Promise<void> {}
}
