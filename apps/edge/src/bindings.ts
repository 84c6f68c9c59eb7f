import type * as main from "./index.ts";
import type { Records } from "./records.ts";
import type { Settings } from "./settings.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      readonly mainModule: typeof main;
    }
    /** As wrangler.jsonc names them. */
    interface Env extends Settings {
      /** Where jobs live. */
      readonly JOBS: DurableObjectNamespace<main.Jobs>;
      /** What carries them to the code that runs them, and where the platform puts what it cannot deliver. */
      readonly CARRIER: Queue;
      readonly CARRIER_DEAD: Queue;
      readonly RECORDS: DurableObjectNamespace<Records>;
    }
  }
}
