import { type Listeners, createListeners } from "@longshore/core/adapter";
import type { LocalDatabase } from "./handle.ts";

/** How often to look whether another connection has changed the file, in ms. A look takes some microseconds. */
const EVERY_MS = 5;

/** Listeners that are also called after other connections' changes, for nothing tells of those. */
export type WakeUps = Listeners & { close(): void };

export function createWakeUps({ isOpen, shared }: Pick<LocalDatabase, "isOpen" | "shared">): WakeUps {
  const { onWake, wake } = createListeners();
  let listening = 0;
  let timer: Timer | undefined;
  let seen: number | undefined;
  let isClosed = false;

  const look = (): void => {
    // In a transaction of the user's, a look would decide from when on it sees the file.
    if (shared === undefined || isOpen()) return;
    const before = seen;
    try {
      seen = shared.version();
    } catch {
      return; // Locked for a moment, where the file is not in WAL mode.
    }
    if (before !== undefined && before !== seen) wake();
  };
  const start = (): void => {
    if (shared === undefined || isClosed) return;
    seen = undefined;
    look();
    timer = setInterval(look, EVERY_MS) as unknown as Timer; // in Node, Deno and Bun
    timer.unref();
  };
  const stop = (): void => {
    if (timer !== undefined) clearInterval(timer as unknown as number);
    timer = undefined;
  };
  return {
    wake,
    onWake(listener) {
      const remove = onWake(listener);
      let removed = false;
      if (listening++ === 0) start();
      return () => {
        remove();
        if (!removed && --listening === 0) stop();
        removed = true;
      };
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

type Timer = { unref(): void };
