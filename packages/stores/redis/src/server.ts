import type { Logger } from "@longshore/core";
import { logTo } from "@longshore/core/adapter";
import type { Send } from "./script.ts";

/**
 * Warns about a server that may remove keys, or that keeps nothing of the last moments before a crash. A server that does
 * not tell (many hosts allow no INFO) is trusted. Never rejects.
 */
export async function warnAbout(send: Send, log: Pick<Logger, "warn">): Promise<void> {
  try {
    const info = String(await send(["INFO"]));
    const of = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\s*$`, "m").exec(info)?.[1];
    const policy = of("maxmemory_policy");
    if (policy !== undefined && policy !== "noeviction") {
      const message = `This Redis removes keys when its memory is full (maxmemory-policy ${policy}), jobs too. Set it to noeviction, or give jobs a server of their own.`;
      logTo(log, "warn", message, { policy });
    }
    if (of("aof_enabled") === "0") {
      const message =
        "This Redis writes no log of its changes (appendonly no): a crash loses the jobs since its last snapshot, if it makes any. Set appendonly to yes.";
      logTo(log, "warn", message, {});
    }
  } catch {
    // It does not tell.
  }
}
