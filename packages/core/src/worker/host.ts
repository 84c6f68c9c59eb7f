import type { Adapter, Renew } from "../contract/contract.ts";
import { aFunction } from "../values/options.ts";
import { withCallTimeouts } from "./backend.ts";
import type { Settler } from "./run.ts";
import type { Services } from "./services.ts";

/** What a host that handed out jobs does itself, so that none of its calls hangs. */
export function hostOf(
  { name, traits }: Pick<Adapter, "name" | "traits">,
  settle: Adapter["settle"] | undefined,
  renew: Renew["renew"] | undefined,
  { platform, log }: Services,
): Settler | undefined {
  if (settle === undefined) return undefined;
  aFunction(settle, "settle of run");
  if (renew !== undefined) aFunction(renew, "renew of run");
  // Called as they are: they may be stubs, of which every property is a call.
  const host = {
    name,
    traits,
    settle: (...input: Parameters<typeof settle>) => settle(...input),
    ...(renew && { renew: (...input: Parameters<typeof renew>) => renew(...input) }),
  };
  return withCallTimeouts(host, platform, log);
}
