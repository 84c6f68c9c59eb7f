import { JobsObject } from "../src/index.ts";

/** Time as the tests have it: they run in the isolate of the objects. */
export const time = { now: (): number => Date.now() };

/** Keeps jobs and runs none. */
export class Keeper extends JobsObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, { clock: () => time.now(), runner: false });
  }
}

export default {} satisfies ExportedHandler;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly KEEPER: DurableObjectNamespace<Keeper>;
    }
  }
}
