import type { Queue } from "@longshore/core";
import type { Stats, Store, Traits } from "@longshore/core/adapter";
import type { Log } from "./log.ts";
import type { RecordKeeper } from "./records.ts";
import type { Settings } from "./settings.ts";

/** Any store that counts and has unique ids and priorities: the pair in production, also the memory store in tests. */
type JobStore = Store<
  Traits & {
    readonly unique: true;
    readonly uniqueKeys: true;
    readonly limits: true;
    readonly throttle: true;
    readonly expiry: true;
    readonly depth: true;
    readonly order: true;
    readonly dependencies: true;
    readonly ordered: true;
  }
> &
  Stats;

/** What routes work with. Made per request, because bindings arrive with it. */
export type Services = {
  readonly store: JobStore;
  readonly queue: Queue<JobStore>;
  readonly records: RecordKeeper;
  readonly log: Log;
};

export type AppEnv = { Bindings: Settings; Variables: { services: Services } };
