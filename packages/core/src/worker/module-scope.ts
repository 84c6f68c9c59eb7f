import { systemPlatform } from "../runtime/platform.ts";
import { LongshoreError } from "../values/errors.ts";

/**
 * Detects a Cloudflare Worker's module scope: the runtime forbids timers while the module loads. A worker made then
 * would be shared by all requests, and hang: a timer or a promise belongs to the request that made it.
 */
export function refuseModuleScope(): void {
  try {
    systemPlatform.timer(0, () => {})();
  } catch (cause) {
    const message =
      "A worker that is made while a Worker's module loads would be shared by its requests, of which none can wait for what another does: make one in each request.";
    throw new LongshoreError("invalid_option", message, { cause });
  }
}
