import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Session } from "../src/api.ts";

/** Who looks and what is possible, and how the views tell what happened. */
export type Shared = {
  readonly session: Session;
  readonly live: boolean;
  /** Shows a message, and has it read out. */
  say(message: string, kind?: "good" | "bad"): void;
};

export const SharedContext = createContext<Shared | undefined>(undefined);

export function useShared(): Shared {
  const shared = useContext(SharedContext);
  if (shared === undefined) throw new Error("A view is rendered within the page.");
  return shared;
}
