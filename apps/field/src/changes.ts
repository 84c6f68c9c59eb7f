import { local } from "./local.ts";

const listeners = new Set<() => void>();
const EVERY_MS = 1_000;

/** Something may look different now. */
export function changed(): void {
  for (const listener of listeners) listener();
}

/** Listens to what changes the list: jobs of this and other tabs, the network, and time. Returns a function that ends it. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  const stopWaking = local.onWake(listener);
  const timer = setInterval(() => document.visibilityState === "visible" && listener(), EVERY_MS);
  for (const type of ["online", "offline"]) addEventListener(type, listener);
  return () => {
    listeners.delete(listener);
    stopWaking();
    clearInterval(timer);
    for (const type of ["online", "offline"]) removeEventListener(type, listener);
  };
}
