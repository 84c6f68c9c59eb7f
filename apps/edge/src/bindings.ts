import type { Records } from "./records.ts";
import type { Settings } from "./settings.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Settings {
      readonly RECORDS: DurableObjectNamespace<Records>;
    }
  }
}
