import type { AnyAdapter, Make } from "@longshore/conformance";
import { makeReference } from "@longshore/conformance/tools";
import type { Saboteur } from "./saboteur.ts";

type Call = (...input: unknown[]) => unknown;

/** A correct store behind a line that does this to each call of a method. */
function line(name: string, through: () => (method: string, call: Call) => Call): Saboteur {
  const make: Make = async (world) => {
    const { adapter, reopen, ...subject } = await makeReference()(world);
    const lay = (store: AnyAdapter): AnyAdapter => {
      const changed = through();
      const methods = Object.entries(store).map(([key, value]) =>
        typeof value === "function" ? [key, changed(key, value as Call)] : [key, value],
      );
      return Object.fromEntries(methods) as AnyAdapter; // the same methods
    };
    return { ...subject, adapter: lay(adapter), ...(reopen && { reopen: async () => lay(await reopen()) }) };
  };
  return { name, make };
}

/** What goes wrong between a client and a server, and in no store. Grants and repeated calls are not the suite's: proof/mutants/http.ts. */
export const wireSaboteurs: readonly Saboteur[] = [
  line(
    "answers in JSON, with null for what is missing",
    () => (method, call) =>
      method === "onWake" ? call : async (...input) => JSON.parse(JSON.stringify((await call(...input)) ?? null)),
  ),
  line("gives calls that are under way each other's answers", () => {
    /** The calls of a method that have no answer yet, and may get another's. */
    const open = new Map<string, (answer: unknown) => void>();
    const swapping =
      (method: string, call: Call): Call =>
      async (...input) => {
        const give = open.get(method);
        open.delete(method);
        if (give !== undefined) {
          give(await call(...input));
          return call(...input);
        }
        const given = new Promise<unknown>((resolve) => open.set(method, resolve));
        const mine = open.get(method);
        const own = await call(...input);
        if (open.get(method) !== mine) return given;
        open.delete(method);
        return own;
      };
    return (method, call) => (method === "onWake" ? call : swapping(method, call));
  }),
  line(
    "swallows the first wake-up of each listener",
    () => (method, call) =>
      method !== "onWake"
        ? call
        : (listener) => {
            let rung = 0;
            return call(() => {
              if (++rung > 1) (listener as Call)();
            });
          },
  ),
];
